package io.polylog.protocol.stomp;

import io.netty.buffer.ByteBuf;
import io.polylog.net.Output;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the client is owed a RECEIPT for, in the order in which it asked: one goes out when what it
/// is for, and everything before, is durable. On the connection's loop.
final class Receipts {
    private final Output output;
    private final StompVersion version;
    private final Deque<Due> waiting = new ArrayDeque<>();
    private @Nullable Runnable whenNone;

    /// What receipts wait for.
    final class Due {
        private final List<String> ids = new ArrayList<>(1);
        private int pending = 1;

        void add(String id) {
            ids.add(id);
        }

        boolean isAsked() {
            return !ids.isEmpty();
        }

        /// One thing more must be durable first.
        void await() {
            pending++;
        }

        void done() {
            pending--;
            write();
        }
    }

    Receipts(Output output, StompVersion version) {
        this.output = output;
        this.version = version;
    }

    /// Begins to wait for something; [Due#done] says that it is there.
    Due open(@Nullable String id) {
        Due due = new Due();
        if (id != null) {
            due.add(id);
        }
        waiting.add(due);
        return due;
    }

    private void write() {
        Due first = waiting.peek();
        while (first != null && first.pending == 0) {
            waiting.remove();
            first.ids.forEach(this::receipt);
            first = waiting.peek();
        }
        if (waiting.isEmpty() && whenNone != null) {
            Runnable then = whenNone;
            whenNone = null;
            then.run();
        }
    }

    private void receipt(String id) {
        ByteBuf out = output.buffer();
        StompWriter.command(out, "RECEIPT");
        StompWriter.header(out, version, "receipt-id", id);
        out.writeByte('\n').writeByte(0);
    }

    /// Runs once nothing is waited for.
    void whenNone(Runnable then) {
        whenNone = then;
        write();
    }
}
