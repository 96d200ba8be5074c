package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Purge;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Reader;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A topic whose messages are removed one by one, used at random beside the simplest model of what
/// it promises: a list of texts, and for each subscription a list of what it is owed.
final class RemovalModel {
    private static final TopicName T = TopicName.of("t");
    private static final long HOUR_MS = 3_600_000;
    private static final List<String> NAMES = List.of("a", "b", "c");

    private final SplittableRandom random;
    private final ModelledRig rig;

    private Limits limits;

    /// Whether messages have times of their own.
    private final boolean heeds;

    /// How many have passed.
    private int hours;

    /// By offset: after how many its time is over, or Integer.MAX_VALUE.
    private final List<Integer> ends = new ArrayList<>();

    /// By offset; null once it is removed.
    private final List<@Nullable String> items = new ArrayList<>();

    private final Map<String, Taker> takers = new TreeMap<>();
    private Peer peer;
    private String step = "";

    private enum State {
        READY,
        OUT,
        SETTLED
    }

    /// What a subscription is owed, by offset.
    private static final class Taker {
        final List<State> states = new ArrayList<>();
        final Map<Integer, Delivery> out = new HashMap<>();
    }

    RemovalModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        peer = rig.peer();
        limits =
                switch (random.nextInt(4)) {
                    case 0 -> count();
                    case 1 -> bytes();
                    default -> Limits.NONE;
                };
        heeds = random.nextInt(3) == 0;
        TopicSpec limited = TopicLimitContract.limited(limits, Lifetime.DURABLE);
        peer.declare(
                new TopicSpec(
                        limited.name(),
                        limited.form(),
                        1,
                        retention(),
                        limited.lifetime(),
                        limited.policy(),
                        Map.of()));
    }

    private Retention retention() {
        Retention removable = Retention.FOREVER.withRemoval();
        return heeds ? removable.withOwnTime(OwnTime.HEEDED) : removable;
    }

    private Limits count() {
        return new Limits(random.nextInt(300), -1, Overflow.DROP_OLDEST);
    }

    private Limits bytes() {
        return new Limits(-1, random.nextInt(900), Overflow.DROP_OLDEST);
    }

    void run(int steps) {
        rig.live(steps, this::step, this::check);
    }

    private void step() {
        switch (random.nextInt(18)) {
            case 0, 1, 2 -> publish();
            case 3, 4, 5 -> take();
            case 6, 7 -> settle();
            case 8, 9 -> remove();
            case 10 -> purge();
            case 11 -> trim();
            case 12 -> open();
            case 13 -> reset();
            case 14 -> rig.checkpoint();
            case 15 -> limit();
            case 16 -> passAnHour();
            default -> {
                if (random.nextBoolean()) {
                    crash();
                } else {
                    removeAndCrash();
                }
            }
        }
    }

    // Steps ----------------------------------------------------------------------------------

    private void publish() {
        int count = 1 + random.nextInt(random.nextInt(150) == 0 ? 5_000 : 20);
        step = "publish " + count;
        List<Publication> batch = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Content plain = Peer.content(Integer.toString(items.size()));
            int span = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0;
            Envelope envelope = new Envelope(0, span == 0 ? -1 : span * HOUR_MS, -1, null);
            Content content = new Content(plain.encoding(), envelope, plain.bytes());
            batch.add(new Publication(Peer.to("t"), content));
            items.add(Integer.toString(items.size()));
            ends.add(heeds && span > 0 ? hours + span : Integer.MAX_VALUE);
            takers.values().forEach(taker -> taker.states.add(State.READY));
        }
        List<Outcome> outcomes = rig.await(peer.send(batch));
        require(outcomes.stream().allMatch(Outcome.STORED::equals), "not all is stored");
        dropOldest();
    }

    private void passAnHour() {
        if (!heeds || random.nextBoolean()) {
            return;
        }
        hours++;
        step = "an hour";
        rig.passMs(HOUR_MS);
        for (int offset = 0; offset < items.size(); offset++) {
            if (ends.get(offset) <= hours) {
                gone(offset);
            }
        }
        long held = items.stream().filter(each -> each != null).count();
        rig.await("what is over goes", () -> peer.stats("t").ready() == held);
    }

    /// What is beyond the limits has gone, whoever was owed it.
    private void dropOldest() {
        long count = items.stream().filter(each -> each != null).count();
        long bytes = items.stream().mapToLong(each -> each == null ? 0 : each.length()).sum();
        for (int offset = 0; offset < items.size(); offset++) {
            boolean tooMany = limits.maxCount() >= 0 && count > limits.maxCount();
            boolean tooLarge = limits.maxBytes() >= 0 && bytes > limits.maxBytes();
            String text = items.get(offset);
            if (text != null && (tooMany || tooLarge)) {
                count--;
                bytes -= text.length();
                gone(offset);
            }
        }
    }

    /// Sizes of what comes before a limit of bytes are not exact: it has one from the beginning.
    private void limit() {
        limits = limits.maxBytes() >= 0 ? bytes() : random.nextBoolean() ? count() : Limits.NONE;
        step = "limit";
        rig.await(peer.session.alterTopic(T, retention(), QueuePolicy.NONE.with(limits), Map.of()));
        dropOldest();
    }

    private @Nullable String any() {
        List<String> there = List.copyOf(takers.keySet());
        return there.isEmpty() ? null : there.get(random.nextInt(there.size()));
    }

    private static SubscriptionRef ref(String name) {
        return new SubscriptionRef(T, name);
    }

    private void take() {
        String name = any();
        if (name == null) {
            return;
        }
        Taker taker = takers.get(name);
        for (int left = 1 + random.nextInt(5); left > 0; left--) {
            step = "take of " + name;
            Delivery taken = rig.await(peer.session.take(ref(name), false)).orElse(null);
            int first = taker.states.indexOf(State.READY);
            if (taken == null) {
                require(first < 0, "it gives nothing and owes " + first);
                return;
            }
            require(taken.offset() == first, "it gives " + taken.offset() + " before " + first);
            require(Inbox.text(taken).equals(items.get(first)), "another text at " + first);
            taker.states.set(first, State.OUT);
            taker.out.put(first, taken);
        }
    }

    private void settle() {
        String name = any();
        Taker taker = name == null ? null : takers.get(name);
        if (taker == null || taker.out.isEmpty()) {
            return;
        }
        List<Integer> offsets = taker.out.keySet().stream().sorted().toList();
        int offset = offsets.get(random.nextInt(offsets.size()));
        Delivery delivery = taker.out.remove(offset);
        boolean gone = items.get(offset) == null;
        boolean back = random.nextInt(3) == 0;
        step = "settle " + offset + " of " + name;
        try {
            peer.settle(back ? Settlement.RELEASE : Settlement.ACCEPT, delivery);
            require(!gone, "it settles what is gone");
            taker.states.set(offset, back ? State.READY : State.SETTLED);
        } catch (BrokerException refused) {
            require(gone && refused.kind() == Kind.CONFLICT, "refused: " + refused);
        }
    }

    private List<Long> some() {
        int size = items.size() + 2;
        int first = random.nextInt(size);
        if (random.nextBoolean()) {
            int end = Math.min(size, first + random.nextInt(50));
            int every = 1 + random.nextInt(3);
            return LongStream.range(first, end).filter(each -> each % every == 0).boxed().toList();
        }
        return random.longs(1 + random.nextInt(5), -1, size).boxed().toList();
    }

    private boolean there(long offset) {
        return offset >= 0 && offset < items.size() && items.get((int) offset) != null;
    }

    private void gone(long offset) {
        if (there(offset)) {
            items.set((int) offset, null);
            takers.values().forEach(taker -> taker.states.set((int) offset, State.SETTLED));
        }
    }

    private void remove() {
        List<Long> offsets = some();
        step = "remove " + offsets;
        List<Boolean> expected = offsets.stream().map(this::there).toList();
        List<Boolean> were = rig.await(peer.session.remove(T, 0, offsets));
        require(were.equals(expected), "it says " + were);
        offsets.forEach(this::gone);
    }

    private void purge() {
        long below = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(items.size() + 2);
        long keep = random.nextInt(4) == 0 ? 0 : random.nextInt(items.size() + 2);
        step = "purge below " + below + " but " + keep;
        long held = items.stream().filter(each -> each != null).count();
        long count = 0;
        for (int offset = 0; offset < Math.min(below, items.size()) && held > keep; offset++) {
            if (there(offset)) {
                gone(offset);
                held--;
                count++;
            }
        }
        long told = rig.await(peer.session.purge(T, Purge.ALL.below(below).keeping(keep)));
        require(told == count, told + " purged, of " + count);
    }

    private void trim() {
        if (random.nextInt(3) > 0) {
            return;
        }
        int start = random.nextInt(items.size() + 1);
        step = "trim to " + start;
        rig.await(peer.session.trim(T, 0, start));
        LongStream.range(0, start).forEach(this::gone);
    }

    private void open() {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        if (takers.containsKey(name)) {
            return;
        }
        int from = random.nextInt(items.size() + 1);
        step = "open " + name + " from " + from;
        ConsumeSpec spec =
                new ConsumeSpec(ref(name), false, false, 0, 0, new Start.Offset(from), null);
        rig.await(peer.consume(spec, new Inbox()).close());
        Taker taker = new Taker();
        for (int offset = 0; offset < items.size(); offset++) {
            taker.states.add(offset >= from && there(offset) ? State.READY : State.SETTLED);
        }
        takers.put(name, taker);
    }

    private void reset() {
        String name = any();
        if (name == null) {
            return;
        }
        Taker taker = takers.get(name);
        int from = random.nextInt(items.size() + 1);
        step = "reset " + name + " to " + from;
        long expected = 0;
        for (int offset = from; offset < items.size(); offset++) {
            if (there(offset) && taker.states.get(offset) == State.SETTLED) {
                taker.states.set(offset, State.READY);
                expected++;
            }
        }
        long count = rig.await(peer.session.reset(ref(name), new Start.Offset(from)));
        require(count == expected, count + " once more instead of " + expected);
    }

    private void crash() {
        step = "crash";
        rig.crash();
        afresh();
    }

    private void afresh() {
        peer = rig.peer();
        for (Taker taker : takers.values()) {
            taker.out.clear();
            taker.states.replaceAll(state -> state == State.OUT ? State.READY : state);
        }
    }

    /// It happened or it did not.
    private void removeAndCrash() {
        List<Long> offsets = some();
        CompletionStage<List<Boolean>> answer = peer.session.remove(T, 0, offsets);
        for (int i = random.nextInt(30); i > 0; i--) {
            rig.work();
        }
        boolean answered = answer.toCompletableFuture().isDone();
        rig.crash();
        afresh();
        step = "remove " + offsets + " and crash";
        long before = items.stream().filter(each -> each != null).count();
        long ready = peer.stats("t").ready();
        require(ready == before || !offsets.isEmpty(), ready + " are there, of " + before);
        if (ready != before || answered) {
            offsets.forEach(this::gone);
        }
    }

    // What must hold -------------------------------------------------------------------------

    private void check() {
        Reader reader = peer.reader("t", 0);
        long start = items.size();
        for (int offset = items.size() - 1; offset >= 0; offset--) {
            start = there(offset) ? offset : start;
        }
        require(reader.startOffset() == start, "it begins at " + reader.startOffset());
        require(reader.endOffset() == items.size(), "it ends at " + reader.endOffset());
        long held = items.stream().filter(each -> each != null).count();
        if (items.size() < 500 || random.nextInt(10) == 0) {
            readAll(reader);
        }
        long ready = peer.stats("t").ready();
        require(ready == held, ready + " are there, of " + held);
        long bytes = rig.await(reader.heldBytes());
        require(held > 0 || bytes == 0, "nothing takes " + bytes);
        reader.close();
        takers.forEach(this::check);
    }

    private void readAll(Reader reader) {
        List<Reader.Entry> read = peer.readAll(reader, 20_000);
        int place = 0;
        for (int offset = 0; offset < items.size(); offset++) {
            if (there(offset)) {
                Reader.Entry entry = place < read.size() ? read.get(place++) : null;
                require(entry != null && entry.offset() == offset, offset + " cannot be read");
                require(Peer.text(entry).equals(items.get(offset)), "another text at " + offset);
            }
        }
        require(place == read.size(), "more is read than is there");
    }

    private void check(String name, Taker taker) {
        long ready = taker.states.stream().filter(state -> state == State.READY).count();
        long out = taker.states.stream().filter(state -> state == State.OUT).count();
        TopicStats stats = peer.stats(ref(name));
        require(stats.equals(new TopicStats(ready, out, 0)), name + " has " + stats);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; after " + step + "; " + limits);
        }
    }
}
