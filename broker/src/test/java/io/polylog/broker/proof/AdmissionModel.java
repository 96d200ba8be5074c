package io.polylog.broker.proof;

import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.Transaction;
import io.polylog.broker.TransactionException;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import io.polylog.message.Message;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A queue that is choosy about what it takes, and a plain one beside it, used at random beside the
/// simplest model of what they promise: a list of ids with their times, and a map of keys.
final class AdmissionModel {
    private static final String CHOOSY = "choosy";
    private static final String PLAIN = "plain";
    private static final long CLOSE_MS = 300;

    private final SplittableRandom random;
    private final ModelledRig rig;
    private final Deduplication window;
    private final KeyOrder versions;
    private Books books = new Books();
    private Peer peer;
    private int sent;

    /// What was published, and its text tells which.
    ///
    /// @param id of it, or null
    /// @param key of it, or -1
    /// @param asks whether it wants to know where the choosy queue has it
    private record Letter(
            String text,
            @Nullable String id,
            int key,
            @Nullable Expectation expected,
            boolean asks) {}

    private record Known(String id, long timeMs, long offset) {}

    /// What the choosy queue does with a letter.
    ///
    /// @param offset of it or of the one it repeats; -1 in a conflict
    private record Fate(@Nullable Conflict conflict, long offset, boolean repeats) {
        Outcome outcome() {
            return conflict == null ? Outcome.STORED : Outcome.CONFLICT;
        }
    }

    /// What the model knows.
    private static final class Books {
        final List<Known> ids = new ArrayList<>();
        final Map<Integer, Long> newest = new HashMap<>();

        /// By offset in the choosy queue, null once it is settled.
        final List<@Nullable String> choosy = new ArrayList<>();

        final List<String> plain = new ArrayList<>();

        Books copy() {
            Books copy = new Books();
            copy.ids.addAll(ids);
            copy.newest.putAll(newest);
            copy.choosy.addAll(choosy);
            copy.plain.addAll(plain);
            return copy;
        }

        long floor() {
            for (int offset = 0; offset < choosy.size(); offset++) {
                if (choosy.get(offset) != null) {
                    return offset;
                }
            }
            return choosy.size();
        }

        long ready() {
            return choosy.stream().filter(text -> text != null).count();
        }
    }

    AdmissionModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        window =
                random.nextInt(4) == 0
                        ? Deduplication.NONE
                        : new Deduplication(2_000 + random.nextInt(20_000), 1 + random.nextInt(30));
        versions =
                window.isNone() || random.nextBoolean()
                        ? new KeyOrder(KeySource.HEADER, "k")
                        : KeyOrder.NONE;
        peer = rig.peer();
        QueuePolicy policy = QueuePolicy.NONE.with(new Admission(window, versions));
        peer.declare(Specs.queue(CHOOSY, policy));
        peer.queue(PLAIN);
        rig.await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.FANOUT)));
        rig.await(peer.session.bind(Specs.toQueue("x", CHOOSY, "")));
        rig.await(peer.session.bind(Specs.toQueue("x", PLAIN, "")));
    }

    void run(int steps) {
        rig.live(
                steps,
                () -> {
                    keepAwayFromTheEdge();
                    step();
                },
                this::check);
    }

    private void step() {
        switch (random.nextInt(17)) {
            case 0, 1, 2, 3 -> publish(false);
            case 4, 5 -> publish(true);
            case 6, 15 -> transact(false);
            case 16 -> transact(true);
            case 7, 8, 9 -> take();
            case 10 -> rig.passMs(500L * random.nextInt(30));
            case 11 -> rig.checkpoint();
            case 12 -> crash();
            case 13 -> publishAndCrash(letters(true), false);
            // One that expects something is in both queues or in none.
            default -> publishAndCrash(List.of(expecting(letters(true).getFirst())), true);
        }
    }

    /// Nobody can tell whether an id counts that leaves the window just now.
    private void keepAwayFromTheEdge() {
        boolean close = true;
        while (close) {
            long nowMs = rig.clock.wallMs();
            close =
                    books.ids.stream()
                            .anyMatch(known ->
                                    Math.abs(known.timeMs + window.spanMs() - nowMs) < CLOSE_MS);
            if (close) {
                rig.passMs(CLOSE_MS);
            }
        }
    }

    // Steps ----------------------------------------------------------------------------------

    private void publish(boolean everywhere) {
        List<Letter> letters = letters(true);
        Outcomes outcomes = send(letters, everywhere);
        requireTold(outcomes, letters, everywhere);
    }

    private void requireTold(Outcomes outcomes, List<Letter> letters, boolean everywhere) {
        long nowMs = rig.clock.wallMs();
        for (int place = 0; place < letters.size(); place++) {
            Letter letter = letters.get(place);
            requireTold(outcomes, place, letter, store(letter, everywhere, nowMs));
        }
    }

    private void requireTold(Outcomes outcomes, int place, Letter letter, Fate fate) {
        require(outcomes.at(place) == fate.outcome(), letter + " is " + outcomes.at(place));
        Conflict conflict = outcomes.conflict(place);
        require(Objects.equals(unnamed(conflict), fate.conflict), conflict + " instead of " + fate);
        Placed placed =
                letter.asks && fate.conflict == null
                        ? new Placed(TopicName.of(CHOOSY), 0, fate.offset, fate.repeats)
                        : null;
        require(
                Objects.equals(outcomes.placed(place), placed),
                outcomes.placed(place) + " instead of " + placed);
    }

    /// The same without the topic that was named where there are several.
    private static @Nullable Conflict unnamed(@Nullable Conflict conflict) {
        if (conflict == null) {
            return null;
        }
        Expectation expected = conflict.expected();
        return new Conflict(new Expectation(expected.of(), expected.offset()), conflict.actual());
    }

    private Outcomes send(List<Letter> letters, boolean everywhere) {
        return rig.await(sending(letters, everywhere));
    }

    private CompletableFuture<Outcomes> sending(List<Letter> letters, boolean everywhere) {
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        peer.session.publish(publications(letters, everywhere), decided::complete);
        return decided;
    }

    private void transact(boolean cutOff) {
        List<Letter> letters =
                cutOff ? List.of(expecting(letters(true).getFirst())) : letters(true);
        Barrier barrier = barrier(letters);
        CompletableFuture<Outcomes> answer = transacting(letters);
        Books without = books.copy();
        long nowMs = rig.clock.wallMs();
        if (cutOff) {
            for (int i = random.nextInt(120); i > 0; i--) {
                rig.work();
            }
            books = without.copy();
            letters.forEach(letter -> carryOut(letter, nowMs));
            crash();
            boolean done = barrier == null && holds(books);
            require(done || holds(without), "a transaction is neither all nor nothing");
            require(done || barrier != null || !answer.isDone(), "it was answered and is lost");
            books = done ? books : without;
            return;
        }
        try {
            Outcomes outcomes = rig.await(answer);
            require(barrier == null, "it is done in spite of " + barrier);
            for (int place = 0; place < letters.size(); place++) {
                Letter letter = letters.get(place);
                requireTold(outcomes, place, letter, carryOut(letter, rig.clock.wallMs()));
            }
        } catch (TransactionException why) {
            Conflict conflict = unnamed(why.conflict());
            Barrier told = new Barrier(why.place(), conflict == null ? -2 : conflict.actual());
            require(told.equals(barrier), why + " instead of " + barrier);
        }
    }

    private CompletableFuture<Outcomes> transacting(List<Letter> letters) {
        List<Publication> publications = publications(letters, true);
        return peer.session
                .transact(new Transaction(publications, List.of()))
                .toCompletableFuture();
    }

    /// The message that keeps a transaction from being done.
    ///
    /// @param actual the newest in a conflict, or -2 where it was stored before
    private record Barrier(int place, long actual) {}

    private @Nullable Barrier barrier(List<Letter> letters) {
        Set<String> ids = new HashSet<>();
        Books before = books;
        long nowMs = rig.clock.wallMs();
        for (int place = 0; place < letters.size(); place++) {
            Letter letter = letters.get(place);
            boolean again = letter.id != null && !window.isNone() && !ids.add(letter.id);
            if (letter.expected != null) {
                books = before.copy();
                Fate fate = store(letter, nowMs);
                books = before;
                if (fate.conflict != null) {
                    return new Barrier(place, fate.conflict.actual());
                }
                if (fate.repeats || again) {
                    return new Barrier(place, -2);
                }
            }
        }
        return null;
    }

    /// What becomes of a letter of a transaction that is done.
    private Fate carryOut(Letter letter, long nowMs) {
        books.plain.add(letter.text);
        return store(new Letter(letter.text, letter.id, letter.key, null, letter.asks), nowMs);
    }

    private void take() {
        String queue = random.nextInt(4) == 0 ? PLAIN : CHOOSY;
        Delivery taken = peer.take(queue).orElse(null);
        if (taken == null) {
            long ready = queue.equals(PLAIN) ? books.plain.size() : books.ready();
            require(ready == 0, queue + " gives nothing");
            return;
        }
        peer.accept(taken);
        if (queue.equals(PLAIN)) {
            require(Inbox.text(taken).equals(books.plain.removeFirst()), "another is plain's next");
            return;
        }
        require(taken.offset() == books.floor(), taken.offset() + " is not the next");
        String text = books.choosy.set((int) taken.offset(), null);
        require(Inbox.text(taken).equals(text), Inbox.text(taken) + " instead of " + text);
    }

    private void crash() {
        rig.crash();
        peer = rig.peer();
    }

    /// The publisher does not learn whether its batch was stored, and sends it again.
    private void publishAndCrash(List<Letter> letters, boolean everywhere) {
        CompletableFuture<Outcomes> answer = sending(letters, everywhere);
        for (int i = random.nextInt(everywhere ? 120 : 30); i > 0; i--) {
            rig.work();
        }
        long nowMs = rig.clock.wallMs();
        Books with = books.copy();
        Books without = books;
        books = with;
        letters.forEach(letter -> store(letter, everywhere, nowMs));
        crash();
        boolean lost = !holds(with);
        require(!lost || holds(without), "it is neither all nor nothing");
        require(!lost || !answer.isDone(), "it was answered and is lost");
        books = lost ? without : with;
        keepAwayFromTheEdge();
        requireTold(send(letters, everywhere), letters, everywhere);
    }

    private boolean holds(Books expected) {
        return peer.stats(CHOOSY).ready() == expected.ready()
                && peer.stats(PLAIN).ready() == expected.plain.size();
    }

    // What is sent ---------------------------------------------------------------------------

    private List<Letter> letters(boolean expecting) {
        List<Letter> letters = new ArrayList<>();
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 60 : 5);
        long nowMs = rig.clock.wallMs();
        Books real = books;
        books = real.copy();
        for (int i = 0; i < count; i++) {
            String id = random.nextInt(4) == 0 ? null : "id" + random.nextInt(50);
            int key = random.nextInt(-1, 6);
            Expectation expected = expecting && random.nextBoolean() ? expectation(key) : null;
            Letter letter = new Letter("m" + sent++, id, key, expected, random.nextBoolean());
            store(letter, nowMs);
            letters.add(letter);
        }
        books = real;
        return letters;
    }

    /// The same that expects something, if it did not.
    private Letter expecting(Letter letter) {
        Expectation expected = letter.expected == null ? expectation(letter.key) : letter.expected;
        return new Letter(letter.text, letter.id, letter.key, expected, letter.asks);
    }

    /// Mostly what holds.
    private Expectation expectation(int key) {
        boolean ofKey = key >= 0 && !versions.isNone() && random.nextBoolean();
        Scope of = ofKey ? Scope.KEY : Scope.STREAM;
        long right = newest(of, key);
        return new Expectation(
                of, Math.max(-1, right + (random.nextInt(3) == 0 ? random.nextInt(-1, 2) : 0)));
    }

    private static List<Publication> publications(List<Letter> letters, boolean everywhere) {
        return letters.stream()
                .map(letter ->
                        new Publication(
                                new Address.Via(
                                        Specs.NS,
                                        everywhere ? "x" : "",
                                        everywhere ? "" : CHOOSY,
                                        new Said(letter)),
                                Peer.content(letter.text),
                                everywhere ? inChoosy(letter.expected) : letter.expected,
                                letter.asks ? TopicName.of(CHOOSY) : null))
                .toList();
    }

    private static @Nullable Expectation inChoosy(@Nullable Expectation expected) {
        return expected == null ? null : expected.in(TopicName.of(CHOOSY));
    }

    private record Said(Letter letter) implements Metadata {
        @Override
        public Map<String, @Nullable Object> headers() {
            return letter.key < 0 ? Map.of() : Map.of("k", "key" + letter.key);
        }

        @Override
        public Message.Properties properties() {
            return new Message.Properties(
                    null, null, null, null, letter.id, null, null, null, 0, -1, -1);
        }
    }

    // The model ------------------------------------------------------------------------------

    private long newest(Scope of, int key) {
        if (of == Scope.STREAM) {
            return books.choosy.size() - 1L;
        }
        long offset = books.newest.getOrDefault(key, -1L);
        return offset < books.floor() ? -1 : offset;
    }

    /// What becomes of a letter, in the plain queue too if it goes there.
    private Fate store(Letter letter, boolean everywhere, long nowMs) {
        Fate fate = store(letter, nowMs);
        boolean follows = letter.expected == null || (fate.conflict == null && !fate.repeats);
        if (everywhere && follows) {
            books.plain.add(letter.text);
        }
        return fate;
    }

    /// What becomes of a letter in the choosy queue.
    private Fate store(Letter letter, long nowMs) {
        books.ids.removeIf(known -> known.timeMs + window.spanMs() <= nowMs);
        for (Known known : books.ids) {
            if (known.id.equals(letter.id)) {
                return new Fate(null, known.offset, true);
            }
        }
        Expectation expected = letter.expected;
        if (expected != null && newest(expected.of(), letter.key) != expected.offset()) {
            long actual = newest(expected.of(), letter.key);
            return new Fate(new Conflict(expected, actual), -1, false);
        }
        long offset = books.choosy.size();
        if (letter.id != null && !window.isNone()) {
            books.ids.add(new Known(letter.id, nowMs, offset));
            if (books.ids.size() > window.count()) {
                books.ids.removeFirst();
            }
        }
        if (letter.key >= 0) {
            books.newest.put(letter.key, offset);
        }
        books.choosy.add(letter.text);
        return new Fate(null, offset, false);
    }

    private void check() {
        long choosy = peer.stats(CHOOSY).ready();
        require(choosy == books.ready(), choosy + " ready instead of " + books.ready());
        long plain = peer.stats(PLAIN).ready();
        require(plain == books.plain.size(), plain + " instead of " + books.plain.size());
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; " + window + " " + versions);
        }
    }
}
