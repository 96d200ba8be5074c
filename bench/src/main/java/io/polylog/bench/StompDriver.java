package io.polylog.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/// STOMP 1.2 on sockets: a durable queue, persistent messages with a receipt each, consumers that
/// acknowledge every so many messages with all before them. A connection for each client.
final class StompDriver implements Driver {
    /// No frame deletes a queue: it goes when nobody has used it for a while.
    private static final String EXPIRES = "x-expires:600000\n";

    private final String address;
    private final Terms terms;
    private final List<StompSocket> sockets = new ArrayList<>();
    private String queue = "";

    /// How messages are consumed.
    ///
    /// @param prefetch most that are unacknowledged
    /// @param ackEvery so many are acknowledged at once
    record Terms(int prefetch, int ackEvery) {}

    StompDriver(String address, Terms terms) {
        this.address = address;
        this.terms = terms;
    }

    @Override
    public void prepare(String name, int clients) {
        queue = "destination:/queue/" + name + "\n" + EXPIRES;
    }

    /// They compete for the messages of one queue.
    @Override
    public boolean isOrdered(int clients) {
        return clients == 1;
    }

    private StompSocket connect(StompSocket.Taker taker) throws IOException {
        StompSocket socket = new StompSocket(address, taker);
        sockets.add(socket);
        return socket;
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws IOException {
        Queue<Answer> unanswered = new ConcurrentLinkedQueue<>();
        StompSocket socket = connect((_, command, _, _) -> answer(unanswered, command));
        return new Sender(socket, unanswered, eager, queue);
    }

    /// Receipts come in the order of what they are for; an error is the end.
    private static void answer(Queue<Answer> unanswered, String command) {
        boolean accepted = command.equals("RECEIPT");
        for (Answer next = unanswered.poll(); next != null; next = unanswered.poll()) {
            next.confirmed(accepted);
            if (accepted) {
                return;
            }
        }
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) throws IOException {
        StompSocket socket = connect(new Sink(sink, terms.ackEvery));
        socket.send(
                "SUBSCRIBE\nid:1\nack:client\nprefetch-count:" + terms.prefetch + "\n" + queue, "");
        socket.flush();
    }

    @Override
    public void end() throws IOException {
        for (StompSocket socket : sockets) {
            socket.close();
        }
    }

    private static final class Sink implements StompSocket.Taker {
        private final Consumer<byte[]> sink;
        private final int ackEvery;
        private int taken;

        Sink(Consumer<byte[]> sink, int ackEvery) {
            this.sink = sink;
            this.ackEvery = ackEvery;
        }

        @Override
        public void take(StompSocket from, String command, String ack, byte[] body)
                throws IOException {
            if (!command.equals("MESSAGE")) {
                throw new IOException(new String(body, US_ASCII));
            }
            sink.accept(body);
            if (++taken % ackEvery == 0) {
                from.send("ACK\nid:" + ack + "\n", "");
                from.flush();
            }
        }
    }

    /// @param eager whether each message is sent at once
    private record Sender(StompSocket socket, Queue<Answer> unanswered, boolean eager, String queue)
            implements Publisher {
        @Override
        public void send(byte[] message, Answer answer) throws IOException {
            unanswered.add(answer);
            socket.send("SEND\npersistent:true\nreceipt:r\n" + queue, message);
            if (eager) {
                socket.flush();
            }
        }

        @Override
        public void flush() throws IOException {
            socket.flush();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
