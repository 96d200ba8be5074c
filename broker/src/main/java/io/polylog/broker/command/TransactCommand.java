package io.polylog.broker.command;

import io.polylog.log.Command;
import java.nio.ByteBuffer;
import java.util.List;

/// Begins a batch that belongs to a transaction: says what becomes of the commands behind it.
///
/// @param step what the batch is to the transaction
/// @param id the transaction's; 0 where nobody will ask for it
/// @param home the shard that decides it
/// @param bounded whether a stream that takes no more refuses it
public record TransactCommand(Step step, long id, int home, boolean bounded) {
    public static final int TYPE = 20;
    private static final int VERSION = 1;

    /// Set in the octet of the step of one that is bounded.
    private static final int BOUNDED = 0x80;

    /// What a batch is to a transaction. The order is the log's: add at the end only.
    public enum Step {
        /// All of it: the commands behind are applied together, or none of them is.
        WHOLE,
        /// What a shard has to do with it: checked, stored and held, but without effect yet.
        PREPARE,
        /// The home's own commands, as with WHOLE; when they are applied, it is decided.
        DECIDE,
        /// What was prepared takes effect. The publishes come again, the settlements are known.
        COMMIT,
        /// What was prepared is forgotten, and what it held given back.
        ROLL_BACK,
        /// Asks the home whether it was decided.
        ASK,
        /// Every shard is done with it: the home need not know any more.
        FORGET;

        private static final List<Step> ALL = List.of(values());
    }

    /// Not bounded.
    public TransactCommand(Step step, long id, int home) {
        this(step, id, home, false);
    }

    public void encode(HeadWriter out) {
        int how = Step.ALL.indexOf(step) | (bounded ? BOUNDED : 0);
        out.octet(VERSION).octet(how).fixed(id).number(home);
    }

    /// As a command of its own.
    public Command command() {
        HeadWriter head = new HeadWriter(16);
        encode(head);
        return Command.of(TYPE, head.toBuffer());
    }

    public static TransactCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "transact");
        HeadReader in = new HeadReader(head);
        int how = in.octet();
        Step step = Step.ALL.get(how & ~BOUNDED);
        return new TransactCommand(step, in.fixed(), in.integer(), (how & BOUNDED) != 0);
    }
}
