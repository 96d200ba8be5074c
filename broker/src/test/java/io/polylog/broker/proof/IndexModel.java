package io.polylog.broker.proof;

import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Purge;
import io.polylog.broker.Reader;
import io.polylog.broker.SubjectView;
import io.polylog.broker.SubjectView.Count;
import io.polylog.broker.SubjectView.Held;
import io.polylog.broker.SubjectView.Last;
import io.polylog.broker.SubjectView.Page;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A topic that knows the subjects of its messages, used at random beside the simplest model of
/// what it promises: a list of subjects.
final class IndexModel {
    private static final TopicName T = TopicName.of("t");
    private static final List<String> PATTERNS =
            List.of(
                    "#", "*", "a.#", "*.b", "a.b", "#.c", "a.*.c", "b", "u.#", "u.7", "none",
                    "*.*.*");

    private final SplittableRandom random;
    private final ModelledRig rig;

    /// By offset; null once it is removed.
    private final List<@Nullable String> items = new ArrayList<>();

    private long perSubject;
    private int unique;
    private Peer peer;
    private String step = "";

    IndexModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        peer = rig.peer();
        perSubject = limit();
        peer.declare(SubjectsContract.indexed("t", perSubject));
        rig.await(peer.session.declareExchange(Specs.exchange("x", Kind.TOPIC)));
        rig.await(peer.session.bind(Specs.toQueue("x", "t", "#")));
    }

    private long limit() {
        int drawn = random.nextInt(5);
        return drawn == 0 ? -1 : drawn;
    }

    void run(int steps) {
        rig.live(steps, this::step, this::check);
    }

    private void step() {
        switch (random.nextInt(14)) {
            case 0, 1, 2, 3, 4 -> publish();
            case 5, 6 -> remove();
            case 7 -> purge();
            case 8 -> trim();
            case 9 -> alter();
            case 10 -> rig.checkpoint();
            case 11 -> crash();
            case 12 -> publishAndCrash();
            default -> publishMany();
        }
    }

    // Steps ----------------------------------------------------------------------------------

    private String subject() {
        StringBuilder words = new StringBuilder("" + (char) ('a' + random.nextInt(3)));
        for (int more = random.nextInt(3); more > 0; more--) {
            words.append('.').append((char) ('a' + random.nextInt(3)));
        }
        return words.toString();
    }

    private void publish() {
        List<Publication> batch = new ArrayList<>();
        List<Outcome> expected = new ArrayList<>();
        step = "publish";
        for (int left = 1 + random.nextInt(8); left > 0; left--) {
            String subject = subject();
            Expectation wants = expectation(subject);
            Replaces replaces =
                    random.nextInt(5) > 0
                            ? Replaces.NOTHING
                            : random.nextInt(4) > 0 ? Replaces.KEY : Replaces.STREAM;
            boolean right = wants == null || wants.offset() == newest(wants, subject);
            expected.add(right ? Outcome.STORED : Outcome.CONFLICT);
            step += " " + subject + " " + wants + " " + replaces;
            batch.add(publication(subject, wants).replacing(replaces));
            if (right) {
                stored(subject, replaces);
            }
        }
        List<Outcome> outcomes = rig.await(peer.send(batch));
        require(outcomes.equals(expected), outcomes + " instead of " + expected);
    }

    private static Publication publication(String subject, @Nullable Expectation wants) {
        return new Publication(Peer.via("x", subject), Peer.content(subject), wants);
    }

    private @Nullable Expectation expectation(String subject) {
        Expectation any =
                switch (random.nextInt(8)) {
                    case 0 -> new Expectation(Scope.STREAM, 0);
                    case 1 -> new Expectation(Scope.KEY, 0);
                    case 2 -> new Expectation(Scope.KEY, 0).about(subject());
                    case 3 -> new Expectation(Scope.FITTING, 0, null, pattern());
                    default -> null;
                };
        if (any == null) {
            return null;
        }
        long right = newest(any, subject);
        long said = random.nextInt(4) > 0 ? right : right + 1;
        return new Expectation(any.of(), said, null, any.key());
    }

    private long newest(Expectation wants, String own) {
        if (wants.of() == Scope.STREAM) {
            return items.size() - 1L;
        }
        String key = wants.key();
        if (wants.of() == Scope.FITTING && key != null) {
            List<Integer> fitting = fitting(List.of(key), 0, items.size());
            return fitting.isEmpty() ? -1 : fitting.getLast();
        }
        return items.lastIndexOf(key == null ? own : key);
    }

    private void stored(String subject, Replaces replaces) {
        for (int offset = 0; offset < items.size(); offset++) {
            boolean goes =
                    replaces == Replaces.STREAM
                            || (replaces == Replaces.KEY && subject.equals(items.get(offset)));
            if (goes) {
                items.set(offset, null);
            }
        }
        items.add(subject);
        limit(subject);
    }

    private void limit(String subject) {
        long count = items.stream().filter(subject::equals).count();
        for (; perSubject >= 0 && count > perSubject; count--) {
            items.set(items.indexOf(subject), null);
        }
    }

    private void publishMany() {
        int count = random.nextInt(20) == 0 ? 600 : random.nextInt(30);
        List<Publication> batch = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String subject = "u." + (random.nextInt(3) == 0 ? random.nextInt(9) : unique++);
            batch.add(publication(subject, null));
            stored(subject, Replaces.NOTHING);
        }
        step = "publish " + count;
        rig.await(peer.send(batch));
    }

    private boolean there(long offset) {
        return offset >= 0 && offset < items.size() && items.get((int) offset) != null;
    }

    private void remove() {
        int size = items.size() + 1;
        List<Long> offsets =
                random.nextBoolean()
                        ? LongStream.range(0, random.nextInt(6))
                                .map(each -> items.size() - 1 - 2 * each)
                                .boxed()
                                .toList()
                        : random.longs(1 + random.nextInt(5), 0, size).boxed().toList();
        step = "remove " + offsets;
        List<Boolean> expected = offsets.stream().map(this::there).toList();
        List<Boolean> were = rig.await(peer.session.remove(T, 0, offsets));
        require(were.equals(expected), "it says " + were);
        offsets.stream().filter(this::there).forEach(each -> items.set(each.intValue(), null));
    }

    private String pattern() {
        return random.nextBoolean() ? PATTERNS.get(random.nextInt(PATTERNS.size())) : subject();
    }

    private List<String> patterns() {
        return IntStream.rangeClosed(0, random.nextInt(2)).mapToObj(_ -> pattern()).toList();
    }

    private void purge() {
        List<String> patterns = patterns();
        long below = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(items.size() + 2);
        long keep = random.nextBoolean() ? 0 : random.nextInt(10);
        step = "purge of " + patterns + " below " + below + " but " + keep;
        List<Integer> fitting = fitting(patterns, 0, items.size());
        long count = 0;
        for (int i = 0; i < fitting.size() - keep && fitting.get(i) < below; i++) {
            items.set(fitting.get(i), null);
            count++;
        }
        Purge what = Purge.ALL.of(patterns).below(below).keeping(keep);
        long told = rig.await(peer.session.purge(T, what));
        require(told == count, told + " purged, of " + count);
    }

    private void trim() {
        if (random.nextInt(4) > 0) {
            return;
        }
        int start = random.nextInt(items.size() + 1);
        step = "trim to " + start;
        rig.await(peer.session.trim(T, 0, start));
        IntStream.range(0, start).forEach(each -> items.set(each, null));
    }

    private void alter() {
        perSubject = limit();
        step = "keep " + perSubject;
        rig.await(peer.session.alterTopic(T, SubjectsContract.retention(perSubject), Map.of()));
        items.stream().filter(each -> each != null).distinct().toList().forEach(this::limit);
    }

    private void crash() {
        step = "crash";
        rig.crash();
        peer = rig.peer();
    }

    /// It happened or it did not.
    private void publishAndCrash() {
        String subject = subject();
        CompletionStage<List<Outcome>> answer =
                peer.send(List.of(publication(subject, null).replacing(Replaces.KEY)));
        for (int i = random.nextInt(30); i > 0; i--) {
            rig.work();
        }
        boolean answered = answer.toCompletableFuture().isDone();
        rig.crash();
        peer = rig.peer();
        step = "publish " + subject + " and crash";
        Reader reader = peer.reader("t", 0);
        boolean there = reader.endOffset() > items.size();
        reader.close();
        require(there || !answered, "it is lost");
        if (there) {
            stored(subject, Replaces.KEY);
        }
    }

    // What must hold -------------------------------------------------------------------------

    private List<Integer> fitting(List<String> patterns, long from, long end) {
        List<Integer> all = new ArrayList<>();
        for (int offset = (int) Math.max(0, from); offset < Math.min(end, items.size()); offset++) {
            String subject = items.get(offset);
            if (subject != null && patterns.stream().anyMatch(each -> fits(each, subject))) {
                all.add(offset);
            }
        }
        return all;
    }

    private static boolean fits(String pattern, String subject) {
        return fits(List.of(pattern.split("\\.")), List.of(subject.split("\\.")));
    }

    private static boolean fits(List<String> pattern, List<String> words) {
        if (pattern.isEmpty()) {
            return words.isEmpty();
        }
        List<String> rest = pattern.subList(1, pattern.size());
        return switch (pattern.getFirst()) {
            case "#" ->
                    fits(rest, words)
                            || (!words.isEmpty() && fits(pattern, words.subList(1, words.size())));
            case "*" -> !words.isEmpty() && fits(rest, words.subList(1, words.size()));
            default ->
                    !words.isEmpty()
                            && words.getFirst().equals(pattern.getFirst())
                            && fits(rest, words.subList(1, words.size()));
        };
    }

    private void check() {
        Reader reader = peer.reader("t", 0);
        require(reader.endOffset() == items.size(), "it ends at " + reader.endOffset());
        List<Integer> all = fitting(List.of("#"), 0, items.size());
        long start = all.isEmpty() ? items.size() : all.getFirst();
        require(reader.startOffset() == start, "it begins at " + reader.startOffset());
        if (random.nextInt(4) == 0) {
            List<String> read = peer.readAll(reader, 5_000).stream().map(Peer::text).toList();
            List<@Nullable String> held = all.stream().map(items::get).toList();
            require(read.equals(held), "it holds " + read);
        }
        reader.close();
        SubjectView view = peer.session.subjects(T, 0);
        ask(view);
        if (random.nextInt(3) == 0) {
            list(view);
            listLast(view);
        }
    }

    private void ask(SubjectView view) {
        List<String> patterns = patterns();
        String about = " with " + patterns;
        long from = random.nextInt(items.size() + 1);
        long end = random.nextInt(3) == 0 ? Long.MAX_VALUE : from + random.nextInt(50);
        List<Integer> fitting = fitting(patterns, from, items.size());
        long next = rig.await(view.next(patterns, from));
        require(next == (fitting.isEmpty() ? -1 : fitting.getFirst()), "next " + next + about);
        Count count = rig.await(view.count(patterns, from, end));
        long right = fitting.stream().filter(each -> each < end).count();
        require(count.count() == right, count + " is not " + right + about + from + " to " + end);
        String pattern = patterns.getFirst();
        List<Integer> before = fitting(List.of(pattern), 0, end);
        long last = rig.await(view.last(pattern, end));
        require(last == (before.isEmpty() ? -1 : before.getLast()), "last " + last + about);
    }

    private void list(SubjectView view) {
        String pattern = pattern();
        Map<String, Long> expected = new TreeMap<>();
        fitting(List.of(pattern), 0, items.size())
                .forEach(each -> expected.merge(String.valueOf(items.get(each)), 1L, Long::sum));
        Map<String, Long> told = new TreeMap<>();
        int limit = 1 + random.nextInt(500);
        String after = null;
        do {
            Page<Held> page = rig.await(view.subjects(pattern, after, limit));
            page.all().forEach(each -> told.put(each.subject(), each.count()));
            after = page.next();
        } while (after != null);
        require(told.equals(expected), told + " is not " + expected);
        long distinct = items.stream().filter(each -> each != null).distinct().count();
        require(rig.await(view.distinct()) == distinct, "not " + distinct + " subjects");
    }

    private void listLast(SubjectView view) {
        List<String> patterns = patterns();
        long below = random.nextBoolean() ? Long.MAX_VALUE : random.nextInt(items.size() + 1);
        Map<String, Long> expected = new TreeMap<>();
        fitting(patterns, 0, below)
                .forEach(each -> expected.put(String.valueOf(items.get(each)), (long) each));
        Map<String, Long> told = new TreeMap<>();
        int limit = 1 + random.nextInt(500);
        String after = null;
        do {
            Page<Last> page = rig.await(view.lastOfEach(patterns, below, after, limit));
            page.all().forEach(each -> told.put(each.subject(), each.offset()));
            after = page.next();
        } while (after != null);
        require(told.equals(expected), told + " is not " + expected + " below " + below);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; after " + step);
        }
    }
}
