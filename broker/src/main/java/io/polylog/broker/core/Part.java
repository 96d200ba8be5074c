package io.polylog.broker.core;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The commands of a [Decision] for one shard. Drafted and answered on the session's loop; results
/// come on the shard's thread before the answer.
final class Part extends Request {
    /// Owner of a command that belongs to nothing of what was handed over.
    static final int NOBODY = -1;

    private static final long RETRY_NANOS = 10_000_000;

    private final CoreSession session;
    private final Decision decision;
    private final ShardPort port;
    private final List<Draft> drafts = new ArrayList<>();
    private List<Said> said = List.of();

    /// What comes before the drafts, and what apply says about it.
    private @Nullable Command lead;

    private @Nullable Result verdict;

    /// Whether it is proposed until it is done: it may be done twice without harm.
    private boolean insists;

    /// A command not yet proposed: its head still stands in the writer.
    private record Draft(int type, int span, HeadWriter heads, Range range, Load load) {}

    private record Range(int from, int to) {}

    /// @param owner place in what was handed over
    private record Load(int owner, @Nullable ByteBuffer payload) {}

    /// Which commands of a part.
    enum Portion {
        NONE,
        PUBLISHES,
        ALL;

        boolean has(int type) {
            return this == ALL || (this == PUBLISHES && type == PublishCommand.TYPE);
        }
    }

    /// What apply said about a command.
    ///
    /// @param owner the command's place in what was handed over
    record Said(int owner, Result result) {
        /// Whether it may be done later.
        boolean isBusy() {
            return result instanceof Result.Failed(Kind kind, String _) && kind == Kind.BUSY;
        }
    }

    Part(CoreSession session, Decision decision, ShardPort port) {
        super(session.loop());
        this.session = session;
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

    /// The same commands for another batch of their transaction, or none of them.
    ///
    /// @param step what begins that batch, or null
    Part again(@Nullable Command step, Portion portion, boolean insisting) {
        Part part = new Part(session, decision, port);
        part.lead = step;
        part.insists = insisting;
        drafts.stream().filter(draft -> portion.has(draft.type)).forEach(part.drafts::add);
        return part;
    }

    boolean isEmpty() {
        return drafts.isEmpty();
    }

    /// Bytes it stores.
    long payloadBytes() {
        long bytes = 0;
        for (Draft draft : drafts) {
            bytes += draft.load.payload == null ? 0 : draft.load.payload.remaining();
        }
        return bytes;
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
        List<Command> commands = new ArrayList<>(drafts.size() + 1);
        if (lead != null) {
            commands.add(lead);
        }
        for (Draft draft : drafts) {
            ByteBuffer head = draft.heads.slice(draft.range.from, draft.range.to);
            commands.add(new Command(draft.type, draft.span, head, draft.load.payload));
        }
        Urgency urgency = insists ? Urgency.SETTLE : Urgency.PUBLISH;
        port.propose(new Batch(commands, urgency, this));
    }

    /// Whose a command of the batch is.
    ///
    /// @param command its place there
    int owner(int command) {
        return drafts.get(lead == null ? command : command - 1).load.owner;
    }

    List<Said> said() {
        return said;
    }

    /// What apply said about the command that led it, or null.
    @Nullable Result verdict() {
        return verdict;
    }

    @Override
    public void result(int command, Result result) {
        if (lead != null && command == 0) {
            verdict = result;
            return;
        }
        if (said.isEmpty()) {
            said = new ArrayList<>();
        }
        said.add(new Said(owner(command), result));
    }

    @Override
    public void answered(Batch.@Nullable Refusal refusal) {
        Part unfinished = insists ? unfinished(refusal) : null;
        if (unfinished == null) {
            decision.answered(this, refusal);
        } else {
            Runnable again = () -> unfinished.session.loop().post(unfinished::propose);
            session.core().scheduler().after(RETRY_NANOS, again);
        }
    }

    /// What of it has to be proposed once more, or null.
    private @Nullable Part unfinished(Batch.@Nullable Refusal refusal) {
        if (refusal == Batch.Refusal.CLOSED) {
            return null;
        }
        Part rest = again(lead, Portion.ALL, true);
        if (refusal == null) {
            Set<Integer> busy = new HashSet<>();
            rest.said = new ArrayList<>(said);
            rest.said.removeIf(each -> each.isBusy() && busy.add(each.owner));
            rest.drafts.removeIf(draft -> !busy.contains(draft.load.owner));
        }
        return rest.drafts.isEmpty() && (refusal == null || lead == null) ? null : rest;
    }
}
