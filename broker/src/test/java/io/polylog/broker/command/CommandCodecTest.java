package io.polylog.broker.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.Binding;
import io.polylog.broker.Destination;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.QueuePolicy.Returns;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.GuardCommand.Mode;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.command.PublishCommand.Wants;
import io.polylog.broker.command.RelocateCommand.Relocation;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.command.StageKeysCommand.RecordKey;
import io.polylog.message.TopicName;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// Every command comes back from its head as it went in.
class CommandCodecTest {
    private Random random = new Random(1);

    @RepeatedTest(200)
    void commands_of_shards_come_back(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        same(
                new AppendCommand(id(), (byte) random.nextInt(256), random.nextLong(), stamp()),
                AppendCommand::encode,
                AppendCommand::decode);
        same(
                new GuardCommand(id(), any(Mode.values()), flag(), count(), stamp()),
                GuardCommand::encode,
                GuardCommand::decode);
        same(
                new SettleCommand(
                        id(),
                        epoch(),
                        any(Outcome.values()),
                        flag() ? -1 : count(),
                        flag() ? "" : text(),
                        spans()),
                SettleCommand::encode,
                SettleCommand::decode);
        same(
                new TransactCommand(
                        any(TransactCommand.Step.values()),
                        random.nextLong(),
                        random.nextInt(256),
                        flag()),
                TransactCommand::encode,
                TransactCommand::decode);
        same(
                new OpenStreamCommand(id(), any(OpenStreamCommand.Keeps.values()), policy()),
                OpenStreamCommand::encode,
                OpenStreamCommand::decode);
        same(new DropStreamCommand(id()), DropStreamCommand::encode, DropStreamCommand::decode);
        sameThatRemove();
        same(
                new SealStreamCommand(id(), flag()),
                SealStreamCommand::encode,
                SealStreamCommand::decode);
        same(
                new OpenSubscriptionCommand(
                        id(), text(), flag() ? id() : OpenSubscriptionCommand.END, interest()),
                OpenSubscriptionCommand::encode,
                OpenSubscriptionCommand::decode);
        same(
                new AlterSubscriptionCommand(id(), text(), interest()),
                AlterSubscriptionCommand::encode,
                AlterSubscriptionCommand::decode);
        same(new ResetCommand(id(), text(), id()), ResetCommand::encode, ResetCommand::decode);
        same(
                new AppendInternalCommand(id(), id(), id()),
                AppendInternalCommand::encode,
                AppendInternalCommand::decode);
    }

    private List<CompactCommand.Span> parts() {
        return spans().stream()
                .map(span -> new CompactCommand.Span(span.first(), span.end()))
                .toList();
    }

    private void sameThatRemove() {
        same(new SkipCommand(id(), id()), SkipCommand::encode, SkipCommand::decode);
        same(
                new CompactCommand(id(), parts(), id()),
                CompactCommand::encode,
                CompactCommand::decode);
        same(
                new TrimCommand(id(), id(), any(TrimCommand.Cause.values())),
                TrimCommand::encode,
                TrimCommand::decode);
        same(
                new RemoveCommand(id(), parts(), any(TrimCommand.Cause.values())),
                RemoveCommand::encode,
                RemoveCommand::decode);
    }

    @Test
    void a_subscription_opened_by_version_1_begins_at_the_end() {
        HeadWriter head = new HeadWriter(16);
        head.octet(1).number(7).text("billing");
        assertThat(OpenSubscriptionCommand.decode(head.toBuffer()))
                .isEqualTo(new OpenSubscriptionCommand(7, "billing", OpenSubscriptionCommand.END));
    }

    @RepeatedTest(200)
    void commands_of_definitions_come_back(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        same(
                new DeclareTopicCommand(spec(), uuid(), id(), 1 + count(), flag() ? uuid() : null),
                DeclareTopicCommand::encode,
                DeclareTopicCommand::decode);
        same(
                new AlterTopicCommand(uuid(), spec().retention(), null, spec().arguments()),
                AlterTopicCommand::encode,
                AlterTopicCommand::decode);
        same(
                new DeleteTopicCommand(uuid()),
                DeleteTopicCommand::encode,
                DeleteTopicCommand::decode);
        same(
                new GrowTopicCommand(name(), count(), count()),
                GrowTopicCommand::encode,
                GrowTopicCommand::decode);
        same(
                new DeclareExchangeCommand(exchange()),
                DeclareExchangeCommand::encode,
                DeclareExchangeCommand::decode);
        same(
                new DeleteExchangeCommand(text(), text(), flag()),
                DeleteExchangeCommand::encode,
                DeleteExchangeCommand::decode);
        same(new RuleCommand(rule(), flag()), RuleCommand::encode, RuleCommand::decode);
        same(new BindCommand(binding(), flag()), BindCommand::encode, BindCommand::decode);
        same(
                new AllocateProducersCommand(count()),
                AllocateProducersCommand::encode,
                AllocateProducersCommand::decode);
        same(
                new DropTransientCommand(id()),
                DropTransientCommand::encode,
                DropTransientCommand::decode);
        same(
                new DeclareNamespaceCommand(text()),
                DeclareNamespaceCommand::encode,
                DeclareNamespaceCommand::decode);
    }

    @RepeatedTest(200)
    void a_published_message_comes_back_and_names_its_streams(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        byte[] key = flag() ? null : bytes(40);
        Envelope envelope =
                new Envelope(
                        flag() ? 0 : id(),
                        flag() ? -1 : id(),
                        flag() ? -1 : count() & 0xFF,
                        key,
                        flag(),
                        flag() ? null : trail(),
                        flag() ? 0 : id());
        Origin origin = flag() ? null : origin();
        Content content = new Content((byte) count(), envelope, ByteBuffer.wrap(bytes(10)));
        long[] streams = random.longs(5, 0, 1L << 40).toArray();
        boolean guarded = flag();
        HeadWriter out = new HeadWriter(4);
        PublishCommand.encode(out, content, origin, guarded);
        PublishCommand.encode(out, streams, 1, 3);

        assertThat(PublishCommand.origin(out.toBuffer()))
                .isEqualTo(envelope.trail() == null ? origin : null);
        assertThat(PublishCommand.delayMs(out.toBuffer())).isEqualTo(envelope.delayMs());
        assertThat(PublishCommand.priority(out.toBuffer())).isEqualTo(envelope.priority());
        assertThat(PublishCommand.timestampMs(out.toBuffer())).isEqualTo(envelope.timestampMs());
        assertThat(PublishCommand.timeToLiveMs(out.toBuffer())).isEqualTo(envelope.timeToLiveMs());
        Content back = PublishCommand.content(out.toBuffer(), content.bytes());
        assertThat(back.encoding()).isEqualTo(content.encoding());
        assertThat(back.envelope()).usingRecursiveComparison().isEqualTo(envelope);
        ByteBuffer head = out.toBuffer();
        assertThat(PublishCommand.guarded(head)).isEqualTo(guarded);
        assertThat(PublishCommand.streams(head)).isEqualTo(3);
        for (int i = 1; i < 4; i++) {
            assertThat(HeadReader.number(head)).isEqualTo(streams[i]);
        }
        assertThat(head.hasRemaining()).isFalse();
    }

    @RepeatedTest(20)
    void the_keys_a_message_is_ordered_by_and_its_id_come_back(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        byte[] key = bytes(40);
        Envelope envelope = new Envelope(id(), -1, count() & 0xFF, key, flag(), trail(), count());
        Content content = new Content((byte) 1, envelope, ByteBuffer.wrap(bytes(10)));
        int[] hashes = {random.nextInt(), 0, random.nextInt(), -1};
        HeadWriter out = new HeadWriter(4);
        KeyDigest id = flag() ? null : new KeyDigest(random.nextLong(), random.nextLong());
        Terms terms = new Terms(id, ExpectedTest.some(random), flag() ? id() : Terms.NOBODY);
        boolean versioned = flag();
        PublishCommand.encode(out, content, null, new Wants(true, versioned, terms));
        PublishCommand.encode(out, new long[] {5, 6, 7, 8}, 1, 3);
        PublishCommand.encodeKeyHashes(out, hashes, 1, 3);
        KeyDigest[] keys = {null, KeyDigest.of("a"), null, KeyDigest.of("b")};
        if (versioned) {
            PublishCommand.encodeVersionKeys(out, keys, 1, 3);
        }

        ByteBuffer head = out.toBuffer();
        ByteBuffer read = Objects.requireNonNull(PublishCommand.keyHashes(head));
        for (int i = 1; i < 4; i++) {
            assertThat((int) HeadReader.number(read)).isEqualTo(hashes[i]);
        }
        assertThat(read.remaining()).isEqualTo(versioned ? 3 * KeyDigest.BYTES : 0);
        ByteBuffer keysRead = PublishCommand.versionKeys(head);
        assertThat(keysRead != null).isEqualTo(versioned);
        for (int i = 1; i < 4 && keysRead != null; i++) {
            assertThat(KeyDigest.optional(keysRead)).isEqualTo(keys[i]);
        }
        assertThat(PublishCommand.terms(head)).isEqualTo(terms);
        assertThat(head.get(0)).isEqualTo((byte) ExpectedTest.version(terms));
        assertThat(PublishCommand.recordKeyHash(head)).isEqualTo(PublishCommand.keyHash(key));
        assertThat(PublishCommand.content(out.toBuffer(), content.bytes()).envelope())
                .usingRecursiveComparison()
                .isEqualTo(envelope);
        assertThat(PublishCommand.streams(head)).isEqualTo(3);
        HeadWriter plain = new HeadWriter(4);
        PublishCommand.encode(plain, content, null, false);
        PublishCommand.encode(plain, new long[] {5}, 0, 1);
        assertThat(PublishCommand.keyHashes(plain.toBuffer())).isNull();
        assertThat(PublishCommand.terms(plain.toBuffer())).isEqualTo(Terms.NONE);
        assertThat(PublishCommand.versionKeys(plain.toBuffer())).isNull();
    }

    @RepeatedTest(100)
    void a_transferred_message_comes_back_and_names_its_sender(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        Envelope envelope = new Envelope(0, -1, -1, null, false, trail(), 0);
        Content content = new Content((byte) 1, envelope, ByteBuffer.wrap(bytes(10)));
        long source = id();
        long number = id();
        HeadWriter out = new HeadWriter(4);
        TransferCommand.encode(out, source, number);
        PublishCommand.encode(out, content, null, false);
        PublishCommand.encode(out, new long[] {7}, 0, 1);
        ByteBuffer head = out.toBuffer();
        assertThat(TransferCommand.sender(head))
                .isEqualTo(new TransferCommand.Sender(source, number));
        assertThat(PublishCommand.streams(head)).isEqualTo(1);
        assertThat(TransferCommand.content(out.toBuffer(), content.bytes()).envelope())
                .isEqualTo(envelope);
        same(
                new RelocateCommand(
                        new Relocation(destination(), text()),
                        new SettleCommand(id(), count(), Outcome.MOVED, spans())),
                RelocateCommand::encode,
                RelocateCommand::decode);
        same(
                new DropSubscriptionCommand(id(), text()),
                DropSubscriptionCommand::encode,
                DropSubscriptionCommand::decode);
        same(new PauseCommand(id(), text(), flag()), PauseCommand::encode, PauseCommand::decode);
        same(new DueCommand(id(), count()), DueCommand::encode, DueCommand::decode);
        same(
                new TransferredCommand(source, number),
                TransferredCommand::encode,
                TransferredCommand::decode);
    }

    private Destination destination() {
        return flag() ? new Destination.Origin() : new Destination.Via(text(), text());
    }

    private Origin origin() {
        return new Origin(text(), List.of(text(), text()), flag() ? List.of() : List.of(text()));
    }

    private Trail trail() {
        Trail trail = new Trail(origin());
        for (int i = random.nextInt(4); i > 0; i--) {
            trail =
                    trail.died(
                            text(),
                            any(Trail.Cause.ALL),
                            flag() ? "" : text(),
                            id(),
                            flag() ? -1 : id());
            trail = trail.sentTo(origin(), flag());
            trail = flag() ? trail : trail.replayed(origin(), text(), id());
        }
        return trail;
    }

    @RepeatedTest(100)
    void a_topic_comes_back(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        List<Topic.Partition> partitions = new ArrayList<>();
        for (int number = 0; number < 3; number++) {
            partitions.add(new Topic.Partition(number, id(), random.nextInt(256)));
        }
        Topic topic = new Topic(spec(), uuid(), partitions, id(), id());
        HeadWriter out = new HeadWriter(4);
        Specs.encode(out, topic);
        assertThat(Specs.topic(new HeadReader(out.toBuffer()))).isEqualTo(topic);
    }

    @RepeatedTest(100)
    void keys_come_back(RepetitionInfo repetition) {
        random = new Random(repetition.getCurrentRepetition());
        List<RecordKey> keys = new ArrayList<>();
        for (int i = count() & 15; i > 0; i--) {
            keys.add(new RecordKey(flag() ? null : bytes(30), flag()));
        }
        StageKeysCommand command = new StageKeysCommand(keys);
        HeadWriter out = new HeadWriter(4);
        command.encode(out);
        assertThat(StageKeysCommand.decode(out.toBuffer()))
                .usingRecursiveComparison()
                .isEqualTo(command);
    }

    @Test
    void no_two_commands_share_a_type() throws ReflectiveOperationException {
        Map<Integer, String> names = new HashMap<>();
        for (JavaClass type :
                new ClassFileImporter().importPackages(PublishCommand.class.getPackageName())) {
            if (type.tryGetField("TYPE").isPresent()) {
                Integer number = (Integer) type.reflect().getField("TYPE").get(null);
                assertThat(names.put(number, type.getSimpleName())).as(type.getName()).isNull();
            }
        }
        assertThat(names).hasSizeGreaterThan(20);
    }

    @Test
    void a_key_too_long_for_a_head_is_left_to_the_payload() {
        byte[] key = new byte[PublishCommand.MAX_KEY_BYTES + 1];
        Content content =
                new Content((byte) 1, new Envelope(0, -1, -1, key), ByteBuffer.allocate(1));
        HeadWriter out = new HeadWriter(4);
        PublishCommand.encode(out, content, null, false);
        PublishCommand.encode(out, new long[] {5}, 0, 1);
        assertThat(out.length()).isLessThan(32);
        assertThat(PublishCommand.content(out.toBuffer(), content.bytes()).envelope().key())
                .isNull();
    }

    @Test
    void a_version_from_the_future_is_refused_by_name() {
        ByteBuffer head = ByteBuffer.wrap(new byte[] {9, 1, 1});
        assertThatThrownBy(() -> TrimCommand.decode(head))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("trim has version 9; this broker knows 1 to 1");
    }

    private static <C> void same(
            C command,
            java.util.function.BiConsumer<C, HeadWriter> encode,
            Function<ByteBuffer, C> decode) {
        HeadWriter out = new HeadWriter(4);
        encode.accept(command, out);
        ByteBuffer head = out.toBuffer();
        Consumer<ByteBuffer> check = buffer -> assertThat(decode.apply(buffer)).isEqualTo(command);
        check.accept(head);
        assertThat(head.hasRemaining()).isFalse();
    }

    // Generators -------------------------------------------------------------------------------

    private long id() {
        return random.nextLong() >>> random.nextInt(1, 63);
    }

    private int count() {
        return random.nextInt() >>> random.nextInt(1, 31);
    }

    private <E> E any(E[] values) {
        return List.of(values).get(random.nextInt(values.length));
    }

    private boolean flag() {
        return random.nextBoolean();
    }

    private byte[] bytes(int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text() {
        return "tëxt-" + Integer.toString(count(), 36);
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private TopicName name() {
        return new TopicName(flag() ? "/" : text(), text());
    }

    private ProducerStamp stamp() {
        return flag() ? null : new ProducerStamp(id(), (short) random.nextInt(1 << 15), count());
    }

    /// Of one that version 1 wrote there is none.
    private long epoch() {
        return flag() ? SettleCommand.ANY_EPOCH : count();
    }

    private List<Span> spans() {
        List<Span> spans = new ArrayList<>();
        for (int i = count() & 7; i >= 0; i--) {
            long first = id() >>> 2;
            spans.add(new Span(first, first + count(), random.nextInt(256)));
        }
        return spans;
    }

    private TopicSpec spec() {
        QueuePolicy policy = policy();
        boolean single = policy.limits().overflow() != Overflow.REFUSE_TO_DEAD_LETTERS && flag();
        TopicSpec.Form form = single || flag() ? TopicSpec.Form.MESSAGES : TopicSpec.Form.BATCHES;
        TopicSpec.Retention kept =
                new TopicSpec.Retention(
                        flag() ? -1 : id(),
                        flag() ? -1 : id(),
                        !single && flag(),
                        !single && flag());
        return new TopicSpec(
                name(),
                form,
                1 + random.nextInt(100),
                single ? kept.withRemoval() : kept,
                new TopicSpec.Lifetime(flag(), flag(), flag(), flag(), flag()),
                policy,
                flag() ? Map.of() : Map.of(text(), text(), "b", text()));
    }

    private QueuePolicy policy() {
        QueuePolicy policy = QueuePolicy.NONE;
        policy = flag() ? policy : policy.with(new Expiry(limit(), limit()));
        policy = flag() ? policy : policy.with(new Limits(limit(), limit(), any(Overflow.ALL)));
        policy = flag() ? policy : policy.with(new DeadLetters(text(), flag() ? null : text()));
        policy = flag() ? policy : policy.with(retry());
        policy = flag() ? policy : policy.with(service());
        return flag() ? policy : policy.with(admission());
    }

    private Admission admission() {
        int count = 1 + random.nextInt(Deduplication.MOST_COUNT);
        var window = new Deduplication(1 + random.nextLong(Deduplication.MOST_SPAN_MS), count);
        return new Admission(window, keyOrder()).with(flag() ? "" : text());
    }

    private Service service() {
        return flag()
                ? new Service(flag(), priorities(), limit()).sharing(keyOrder())
                : new Service(flag(), Priorities.NONE, limit(), keyOrder()).with(filter());
    }

    private Interest interest() {
        Interest wanted = new Interest(filter(), flag() ? -1 : id());
        Interest handled = flag() ? wanted : wanted.handled(count(), id());
        return flag() ? handled : handled.noted(text());
    }

    private Filter filter() {
        return flag()
                ? Filter.NONE
                : new Filter(
                                flag() ? "" : text(),
                                flag() ? Map.of() : Map.of(text(), count(), "x", text()),
                                flag() ? List.of() : List.of("s" + text(), text(), "#"))
                        .transforming(flag() ? "" : text());
    }

    private KeyOrder keyOrder() {
        KeySource by = any(KeySource.ALL);
        return new KeyOrder(by, by == KeySource.HEADER ? "h" + text() : "");
    }

    private Retry retry() {
        return new Retry(count(), any(Growth.ALL), count(), count(), any(Returns.ALL_KINDS));
    }

    private Priorities priorities() {
        int levels = 1 + random.nextInt(256);
        return new Priorities(levels, random.nextInt(levels));
    }

    private long limit() {
        return flag() ? -1 : id();
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private ExchangeSpec exchange() {
        ExchangeSpec.Kind kind = any(ExchangeSpec.Kind.values());
        return new ExchangeSpec(
                "/",
                text(),
                kind,
                flag(),
                flag(),
                flag(),
                flag() ? null : text(),
                kind == ExchangeSpec.Kind.HASH ? hashOn() : HashOn.Known.ROUTING_KEY,
                Map.of("a", text()));
    }

    private HashOn hashOn() {
        return flag() ? new HashOn.Header(text()) : any(HashOn.Known.values());
    }

    private Rule rule() {
        QueuePolicy policy = policy();
        return new Rule(
                text(),
                text(),
                text(),
                random.nextInt(),
                policy.expiry(),
                policy.limits(),
                policy.deadLetters(),
                policy.service().filter(),
                flag() ? "" : text(),
                flag() ? null : text(),
                flag() ? KeyOrder.NONE : keyOrder());
    }

    private Binding binding() {
        Map<String, Object> match = new LinkedHashMap<>();
        List<Object> values = new ArrayList<>();
        values.add(null);
        values.add(List.of(1, "two"));
        values.add(Map.of("in", Boolean.TRUE));
        values.add((byte) random.nextInt());
        values.add((short) random.nextInt());
        values.add(random.nextInt());
        values.add(random.nextLong());
        values.add(random.nextFloat());
        values.add(random.nextDouble());
        values.add(new BigDecimal("-12.340"));
        values.add(text());
        values.add(Instant.ofEpochSecond(count(), 5));
        for (int i = 0; i < values.size(); i++) {
            if (flag()) {
                match.put("h" + i, values.get(i));
            }
        }
        return new Binding("/", text(), flag(), text(), text(), match);
    }
}
