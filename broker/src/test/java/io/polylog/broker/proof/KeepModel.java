package io.polylog.broker.proof;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Reader;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/// A queue that keeps what is settled, used at random beside the simplest model of what it
/// promises: a list of messages. How much exactly it keeps is its own to say, within bounds: it is
/// read after each step, and what it has let go must be old enough, and stay away.
final class KeepModel {
    private static final String QUEUE = "kept";
    private static final String DEAD = "dead";

    /// How late it may let go what it need not keep.
    private static final long LATE_MS = 5_000;

    /// What a stretch of its outline holds at most while there are few.
    private static final long STRETCH_BYTES = 17 * 1024;

    private final SplittableRandom random;
    private final ModelledRig rig;
    private final Keep keep;
    private final long maxBytes;
    private final List<Item> items = new ArrayList<>();
    private final Map<Integer, Delivery> out = new HashMap<>();
    private Peer peer;

    /// Settled messages below are gone.
    private int keptFrom;

    private int died;
    private String step = "";

    private enum State {
        READY,
        OUT,
        SETTLED
    }

    private static final class Item {
        final String text;

        /// The log's, once it was read.
        long timeMs = -1;

        State state = State.READY;

        /// It is settled, and there.
        boolean kept;

        Item(String text) {
            this.text = text;
        }
    }

    KeepModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        boolean byTime = random.nextInt(3) > 0;
        boolean bySize = !byTime || random.nextBoolean();
        keep =
                new Keep(
                        byTime ? 10_000L * (1 + random.nextInt(20)) : -1,
                        bySize ? 20_000L * (1 + random.nextInt(4)) : -1);
        maxBytes = random.nextInt(3) == 0 ? 5_000 : -1;
        peer = rig.peer();
        QueuePolicy policy = QueuePolicy.NONE.with(keep).with(new DeadLetters("", DEAD));
        peer.declare(
                Specs.queue(
                        QUEUE,
                        maxBytes < 0
                                ? policy
                                : policy.with(new Limits(-1, maxBytes, Overflow.REFUSE))));
        peer.queue(DEAD);
    }

    void run(int steps) {
        rig.live(steps, this::step, this::check);
    }

    private void step() {
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> publish();
            case 4, 5, 6 -> take();
            case 7, 8, 9 -> settle();
            case 10 -> reset(start());
            case 11 -> rig.passMs(500L * random.nextInt(100));
            case 12 -> rig.checkpoint();
            case 13 -> takeAll();
            case 14 -> crash();
            default -> resetAndCrash();
        }
    }

    // Steps ----------------------------------------------------------------------------------

    private void publish() {
        List<Publication> batch = new ArrayList<>();
        int count = 1 + random.nextInt(5);
        List<Boolean> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String text = items.size() + "-" + i + "x".repeat(random.nextInt(2_000));
            batch.add(new Publication(Peer.to(QUEUE), Peer.content(text)));
        }
        for (Publication each : batch) {
            taken.add(maxBytes < 0 || heldBytes() < maxBytes);
            if (taken.getLast()) {
                items.add(new Item(Inbox.text(each.content().bytes())));
            }
        }
        step = "publish " + taken;
        List<Outcome> outcomes = rig.await(peer.send(batch));
        for (int i = 0; i < count; i++) {
            Outcome expected = taken.get(i) ? Outcome.STORED : Outcome.REJECTED;
            require(outcomes.get(i) == expected, outcomes.get(i) + " at " + i);
        }
    }

    private long heldBytes() {
        return items.stream()
                .filter(item -> item.state != State.SETTLED)
                .mapToLong(item -> item.text.length())
                .sum();
    }

    private void take() {
        step = "take";
        Delivery taken = peer.take(QUEUE).orElse(null);
        int first = next(State.READY);
        if (taken == null) {
            require(first < 0, "it gives nothing and owes " + first);
            return;
        }
        require(taken.offset() == first, "it gives " + taken.offset() + " before " + first);
        Item item = items.get(first);
        require(Inbox.text(taken).equals(item.text), "another text at " + first);
        item.state = State.OUT;
        out.put(first, taken);
    }

    private int next(State state) {
        for (int offset = 0; offset < items.size(); offset++) {
            if (items.get(offset).state == state) {
                return offset;
            }
        }
        return -1;
    }

    private void settle() {
        if (out.isEmpty()) {
            return;
        }
        List<Integer> offsets = out.keySet().stream().sorted().toList();
        int offset = offsets.get(random.nextInt(offsets.size()));
        Delivery delivery = out.remove(offset);
        int how = random.nextInt(5);
        step = "settle " + offset + " as " + how;
        switch (how) {
            case 0 -> peer.release(delivery);
            case 1 -> {
                peer.reject(delivery);
                died++;
            }
            default -> peer.accept(delivery);
        }
        items.get(offset).state = how == 0 ? State.READY : State.SETTLED;
    }

    private void takeAll() {
        while (next(State.READY) >= 0) {
            take();
        }
        while (!out.isEmpty()) {
            settle();
        }
    }

    private void crash() {
        step = "crash";
        rig.crash();
        afresh();
    }

    private void afresh() {
        out.clear();
        items.stream()
                .filter(item -> item.state == State.OUT)
                .forEach(item -> item.state = State.READY);
        peer = rig.peer();
    }

    // What is given once more ----------------------------------------------------------------

    private Start start() {
        if (items.isEmpty() || random.nextInt(8) == 0) {
            return random.nextBoolean() ? Start.Edge.FIRST : Start.Edge.NEXT;
        }
        int offset = random.nextInt(items.size());
        return random.nextBoolean()
                ? new Start.Offset(offset)
                : new Start.Time(items.get(offset).timeMs + random.nextInt(2));
    }

    private void reset(Start start) {
        step = "reset to " + start;
        List<Item> again = again(start);
        long count = rig.await(peer.session.reset(Peer.own(QUEUE), start));
        require(count == again.size(), count + " once more instead of " + again.size());
        again.forEach(item -> item.state = State.READY);
    }

    /// It happened or it did not.
    private void resetAndCrash() {
        Start start = start();
        List<Item> again = again(start);
        CompletionStage<Long> answer = peer.session.reset(Peer.own(QUEUE), start);
        for (int i = random.nextInt(30); i > 0; i--) {
            rig.work();
        }
        boolean answered = answer.toCompletableFuture().isDone();
        rig.crash();
        afresh();
        long before = items.stream().filter(item -> item.state == State.READY).count();
        long ready = peer.stats(QUEUE).ready();
        step = "reset to " + start + " and crash";
        boolean done = ready == before + again.size();
        require(done || (ready == before && !answered), ready + " are ready, of " + before);
        if (done) {
            again.forEach(item -> item.state = State.READY);
        }
    }

    private List<Item> again(Start start) {
        long from =
                switch (start) {
                    case Start.Offset(long offset) -> offset;
                    case Start.Time(long timeMs) -> since(timeMs);
                    case Start.Edge edge -> edge == Start.Edge.FIRST ? 0 : items.size();
                };
        return items.subList((int) Math.max(from, keptFrom), items.size()).stream()
                .filter(item -> item.state == State.SETTLED)
                .toList();
    }

    private long since(long timeMs) {
        int offset = keptFrom;
        while (offset < items.size() && items.get(offset).timeMs < timeMs) {
            offset++;
        }
        return offset;
    }

    // What must hold -------------------------------------------------------------------------

    private void check() {
        long ready = items.stream().filter(item -> item.state == State.READY).count();
        require(peer.stats(QUEUE).ready() == ready, peer.stats(QUEUE) + " and not " + ready);
        require(peer.stats(DEAD).ready() == died, peer.stats(DEAD) + " and not " + died);
        readAll();
        long nowMs = rig.clock.wallMs();
        long newestAgeMs = items.isEmpty() ? 0 : nowMs - items.getLast().timeMs;
        long bytes = 0;
        for (int offset = items.size() - 1; offset >= 0; offset--) {
            Item item = items.get(offset);
            long ageMs = nowMs - item.timeMs;
            boolean young = keep.maxAgeMs() < 0 || ageMs < keep.maxAgeMs();
            bytes += item.text.length();
            boolean near = keep.maxBytes() < 0 || bytes <= keep.maxBytes();
            boolean gone = offset < keptFrom && item.state == State.SETTLED;
            require(!gone || !young || !near, offset + " is gone, " + ageMs + " old");
            boolean old = keep.maxAgeMs() >= 0 && ageMs > keep.maxAgeMs() + LATE_MS;
            // What came just now may be more than is kept: it is looked at once a second.
            boolean far = keep.maxBytes() >= 0 && bytes > keep.maxBytes() + 2 * STRETCH_BYTES;
            require(!item.kept || !old, offset + " is kept, " + ageMs + " old");
            require(!item.kept || !far || newestAgeMs < LATE_MS, offset + " is kept: " + bytes);
        }
    }

    /// Everything that is owed or kept can be read.
    private void readAll() {
        Reader reader = peer.reader(QUEUE, 0);
        List<Reader.Entry> read = peer.readAll(reader, 5_000);
        reader.close();
        int place = 0;
        int gone = keptFrom;
        for (int offset = 0; offset < items.size(); offset++) {
            Item item = items.get(offset);
            boolean there = place < read.size() && read.get(place).offset() == offset;
            require(there || item.state == State.SETTLED, offset + " cannot be read");
            item.kept = there && item.state == State.SETTLED;
            if (there) {
                Reader.Entry entry = read.get(place++);
                require(Peer.text(entry).equals(item.text), "another text at " + offset);
                item.timeMs = entry.timeMs();
                require(!item.kept || offset >= keptFrom, offset + " is back");
            } else {
                gone = Math.max(gone, offset + 1);
            }
        }
        require(place == read.size(), "more is read than was written");
        keptFrom = gone;
        for (int offset = 0; offset < keptFrom; offset++) {
            require(!items.get(offset).kept, offset + " is kept, what is younger is gone");
        }
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; after " + step + " with " + keep);
        }
    }
}
