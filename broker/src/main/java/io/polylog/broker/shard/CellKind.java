package io.polylog.broker.shard;

/// Numbers of the cells a shard is saved in; they stand in checkpoints and never change meaning.
final class CellKind {
    static final int STREAM = 1;
    static final int SUBSCRIPTION = 2;
    static final int SETTLED_PAGE = 3;
    static final int PRODUCER = 4;
    static final int KEY = 5;
    static final int KEYED_RECORD = 6;
    static final int OUTLINE = 7;
    static final int FORGOTTEN_PRODUCERS = 8;
    static final int STAGE = 20;
    static final int PREPARED = 21;
    static final int HOLD = 22;
    static final int DECIDED = 23;

    static final int OUTBOX = 9;
    static final int OUTGOING = 10;
    static final int ARRIVAL = 11;
    static final int LEVEL_PAGE = 12;
    static final int KEY_HASH_PAGE = 13;
    static final int TIMERS = 14;
    static final int TIMER_PAGE = 15;

    static final int SIZE_PAGE = 16;
    static final int ERROR_PAGE = 17;

    /// Read only: has no offsets.
    static final int ID_PAGE = 35;

    static final int KEY_VERSION_PAGE = 36;
    static final int PLACED_ID_PAGE = 37;
    static final int SUBJECT_PAGE = 38;
    static final int SUBJECT_NUMBER_PAGE = 39;
    static final int SUBJECT_LINK_PAGE = 40;
    static final int LASTING_PAGE = 47;

    private CellKind() {}
}
