package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.command.StreamId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Puts a shard together again from its cells, which come in any order: parts wait until the stream
/// they belong to is there. On the shard's thread, before the first apply.
final class Restorer {
    private final ShardState state;
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final List<SettledPage> pages = new ArrayList<>();
    private final List<ProducerState> producers = new ArrayList<>();
    private final List<ForgottenProducers> forgotten = new ArrayList<>();
    private final List<KeyEntry> keys = new ArrayList<>();
    private final List<KeyedRecord> records = new ArrayList<>();
    private final List<NumberPage> sizes = new ArrayList<>();
    private final List<LevelPage> levels = new ArrayList<>();
    private final List<NumberPage> hashes = new ArrayList<>();
    private final List<IdPage> ids = new ArrayList<>();
    private final List<KeyVersionPage> versions = new ArrayList<>();
    private final List<SubjectPage> subjects = new ArrayList<>();
    private final List<SubjectNumberPage> numbers = new ArrayList<>();
    private final List<NumberPage> links = new ArrayList<>();
    private final List<NumberPage> lasting = new ArrayList<>();
    private final List<Outline> outlines = new ArrayList<>();

    private final List<Prepared> prepared = new ArrayList<>();
    private final List<Hold> holds = new ArrayList<>();
    private final List<Outbox> outboxes = new ArrayList<>();
    private final List<Outgoing> outgoing = new ArrayList<>();
    private final List<Arrivals.Arrival> arrivals = new ArrayList<>();

    Restorer(ShardState state) {
        this.state = state;
    }

    void restore(int kind, HeadReader in) {
        switch (kind) {
            case CellKind.STREAM -> state.restored(Stream.decode(in));
            case CellKind.SUBSCRIPTION -> subscriptions.add(Subscription.decode(in.number(), in));
            case CellKind.SETTLED_PAGE -> {
                SettledPage page = new SettledPage(in.number(), in.number());
                page.restore(in);
                pages.add(page);
            }
            case CellKind.PRODUCER -> producers.add(ProducerState.decode(in));
            case CellKind.FORGOTTEN_PRODUCERS -> forgotten.add(ForgottenProducers.decode(in));
            case CellKind.KEY -> keys.add(KeyEntry.decode(in));
            case CellKind.KEYED_RECORD -> records.add(KeyedRecord.decode(in));
            case CellKind.OUTBOX -> outboxes.add(Outbox.decode(in));
            case CellKind.OUTGOING -> outgoing.add(Outgoing.decode(in));
            case CellKind.ARRIVAL -> arrivals.add(Arrivals.Arrival.decode(in));
            case CellKind.SIZE_PAGE -> sizes.add(NumberPage.decode(kind, in));
            case CellKind.LEVEL_PAGE -> levels.add(LevelPage.decode(in));
            case CellKind.KEY_HASH_PAGE -> hashes.add(NumberPage.decode(kind, in));
            case CellKind.ID_PAGE, CellKind.PLACED_ID_PAGE -> ids.add(IdPage.decode(kind, in));
            case CellKind.TIMERS -> state.timers.restore(in);
            case CellKind.ERROR_PAGE -> state.errors.restore(ErrorPage.decode(in));
            case CellKind.TIMER_PAGE -> state.timers.restore(TimerPage.decode(in));
            case CellKind.KEY_VERSION_PAGE -> versions.add(KeyVersionPage.decode(in));
            case CellKind.SUBJECT_PAGE -> subjects.add(SubjectPage.decode(in));
            case CellKind.SUBJECT_NUMBER_PAGE -> numbers.add(SubjectNumberPage.decode(in));
            case CellKind.SUBJECT_LINK_PAGE -> links.add(NumberPage.decode(kind, in));
            case CellKind.LASTING_PAGE -> lasting.add(NumberPage.decode(kind, in));
            case CellKind.OUTLINE -> outlines.add(Outline.decode(in));
            case CellKind.STAGE -> state.transactions.restore(Stage.decode(in));
            case CellKind.PREPARED -> prepared.add(Prepared.decode(in));
            case CellKind.HOLD -> holds.add(Hold.decode(in));
            case CellKind.DECIDED -> state.transactions.restore(Decided.decode(in));
            default -> throw new IllegalStateException("state cell of unknown kind " + kind);
        }
    }

    /// All cells are there: joins the parts and tells the store what is not owed.
    void finish() {
        subscriptions.sort((a, b) -> Long.compare(a.id, b.id));
        for (Subscription subscription : subscriptions) {
            stream(StreamId.stream(subscription.id)).add(subscription);
        }
        for (SettledPage page : pages) {
            Stream stream = stream(StreamId.stream(page.subscription));
            Objects.requireNonNull(stream.subscription(page.subscription)).settled.restore(page);
        }
        for (ProducerState producer : producers) {
            stream(producer.stream).producers().restore(producer);
        }
        state.producers.restored(producers);
        for (ForgottenProducers each : forgotten) {
            stream(each.stream).producers().restore(each);
        }
        for (KeyEntry key : keys) {
            stream(key.stream).keys().restore(key);
        }
        for (KeyedRecord record : records) {
            stream(record.stream).keys().restore(record);
        }
        restoreAttributes();
        for (Outline outline : outlines) {
            stream(outline.stream).outline = outline;
        }
        state.transactions.restore(prepared, holds);
        restoreOutboxes();
        state.arrivals.restore(arrivals);
        state.timers.restored();
        state.errors.restored();
        for (Stream stream : state.streams.values()) {
            weigh(stream);
            if (stream.attributes != null) {
                stream.attributes.restored();
            }
            release(stream);
        }
    }

    private void restoreAttributes() {
        for (NumberPage page : sizes) {
            stream(page.stream).attributes().sizes().restore(page);
        }
        for (LevelPage page : levels) {
            Stream stream = stream(page.stream);
            int usual = stream.policy.service().priorities().usual();
            stream.attributes().levels(usual).restore(page);
        }
        for (NumberPage page : hashes) {
            stream(page.stream).attributes().keyHashes().restore(page);
        }
        for (IdPage page : ids) {
            stream(page.stream).attributes().recentIds().restore(page);
        }
        for (KeyVersionPage page : versions) {
            stream(page.stream).attributes().keyVersions().restore(page);
        }
        for (SubjectPage page : subjects) {
            stream(page.stream).attributes().index().restore(page);
        }
        for (SubjectNumberPage page : numbers) {
            stream(page.stream).attributes().index().numbers().restore(page);
        }
        for (NumberPage page : links) {
            stream(page.stream).attributes().index().links().restore(page);
        }
        for (NumberPage page : lasting) {
            stream(page.stream).attributes().lasting().restore(page);
        }
    }

    private void restoreOutboxes() {
        Map<Long, List<Outgoing>> byStream = new HashMap<>();
        for (Outgoing each : outgoing) {
            byStream.computeIfAbsent(each.stream, s -> new ArrayList<>()).add(each);
        }
        for (Outbox outbox : outboxes) {
            outbox.restore(byStream.getOrDefault(outbox.stream, List.of()));
            stream(outbox.stream).outbox = outbox;
        }
    }

    /// Counts the bytes that it holds.
    private static void weigh(Stream stream) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        Run run = new Run();
        long position = stream.start;
        while (stream.weighs() && own != null && own.settled.find(position, stream.end, run)) {
            stream.reweigh(run.first, run.end);
            position = run.end;
        }
    }

    private void release(Stream stream) {
        long id = stream.id;
        state.store.expectScattered(id, stream.isScattered());
        state.store.trim(id, stream.start);
        if (stream.keeps == Keeps.NEWEST_STAGED) {
            stream.keys()
                    .restored(
                            stream.start,
                            stream.end,
                            (offset, span) -> state.store.drop(id, offset, span));
        }
        if (stream.hasOwn()) {
            stream.eachSettled(
                    stream.start,
                    stream.end,
                    (from, end) -> state.store.drop(id, from, Math.toIntExact(end - from)));
        }
    }

    private Stream stream(long id) {
        return Objects.requireNonNull(state.streams.get(id), () -> "no stream " + id);
    }
}
