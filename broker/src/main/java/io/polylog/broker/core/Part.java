package io.polylog.broker.core;

import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Command;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The commands of a [Decision] for one shard. Drafted and answered on the session's loop; results
/// come on the shard's thread before the answer.
final class Part extends Request {
    private final Decision decision;
    private final ShardPort port;
    private final List<Draft> drafts = new ArrayList<>();
    private List<Said> said = List.of();

    /// A command not yet proposed: its head still stands in the writer.
    private record Draft(int type, int span, HeadWriter heads, Range range, Load load) {}

    private record Range(int from, int to) {}

    /// @param owner place in what was handed over
    private record Load(int owner, @Nullable ByteBuffer payload) {}

    /// What apply said about a command.
    ///
    /// @param owner the command's place in what was handed over
    record Said(int owner, Result result) {}

    Part(CoreSession session, Decision decision, ShardPort port) {
        super(session.loop());
        this.decision = decision;
        this.port = port;
    }

    ShardPort port() {
        return port;
    }

    /// Adds a command whose head was just written to `heads` from `from` on.
    ///
    /// @param owner its place in what was handed over
    void add(int type, int span, HeadWriter heads, int from, int owner, ByteBuffer payload) {
        Range range = new Range(from, heads.length());
        drafts.add(new Draft(type, span, heads, range, new Load(owner, payload)));
    }

    /// Adds a command that stores nothing.
    void add(int type, HeadWriter heads, int from, int owner) {
        Range range = new Range(from, heads.length());
        drafts.add(new Draft(type, 0, heads, range, new Load(owner, null)));
    }

    boolean isEmpty() {
        return drafts.isEmpty();
    }

    /// How many commands belong to what was handed over at `owner`.
    int commandsOf(int owner) {
        int count = 0;
        for (Draft draft : drafts) {
            count += draft.load.owner == owner ? 1 : 0;
        }
        return count;
    }

    /// Places whose commands this part carries, perhaps more than once.
    int[] owners() {
        return drafts.stream().mapToInt(draft -> draft.load.owner).toArray();
    }

    void propose() {
        List<Command> commands = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            ByteBuffer head = draft.heads.slice(draft.range.from, draft.range.to);
            commands.add(new Command(draft.type, draft.span, head, draft.load.payload));
        }
        port.propose(new Batch(commands, Batch.Urgency.PUBLISH, this));
    }

    List<Said> said() {
        return said;
    }

    @Override
    public void result(int command, Result result) {
        if (said.isEmpty()) {
            said = new ArrayList<>();
        }
        said.add(new Said(drafts.get(command).load.owner, result));
    }

    @Override
    public void answered(Batch.@Nullable Refusal refusal) {
        decision.answered(this, refusal);
    }
}
