package io.polylog.broker.core;

import static io.polylog.broker.core.Samples.batch;
import static io.polylog.broker.core.Samples.binding;
import static io.polylog.broker.core.Samples.content;
import static io.polylog.broker.core.Samples.exclusiveQueue;
import static io.polylog.broker.core.Samples.log;
import static io.polylog.broker.core.Samples.queue;
import static io.polylog.broker.core.Samples.to;
import static io.polylog.broker.core.Samples.transientQueue;
import static io.polylog.broker.core.Samples.via;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Where messages go, and what definitions do for and to each other, on every engine.
@ParameterizedClass
@EnumSource(Engine.class)
class RoutingContractTest {
    @Parameter Engine engine;
    private Rig rig;
    private Session session;

    @BeforeEach
    void start() {
        rig = engine.open();
        session = rig.session();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    // Routing ----------------------------------------------------------------------------------

    @Test
    void one_publish_reaches_every_bound_queue_once() {
        declare(queue("a"), queue("b"), transientQueue("c"));
        bind("x.topic", "a", "order.*");
        bind("x.topic", "a", "order.#");
        bind("x.topic", "b", "#.placed");
        bind("x.topic", "c", "order.placed");
        bind("x.fanout", "a", "");

        assertThat(publish(via("x.topic", "order.placed", "m1"), via("x.topic", "other", "m2")))
                .containsExactly(Outcome.STORED, Outcome.UNROUTABLE);
        assertThat(publish(via("x.fanout", "any", "m3"))).containsExactly(Outcome.STORED);

        assertThat(drain("a")).containsExactly("m1", "m3");
        assertThat(drain("b")).containsExactly("m1");
        assertThat(drain("c")).containsExactly("m1");
    }

    @Test
    void a_route_with_copies_is_not_taken_for_that_of_its_first_key() {
        declare(queue("a"), queue("b"), queue("c"));
        Address copied =
                new Address.Via("/", "", "a", new Copies(List.of("b"), List.of("c")), Map::of);

        publish(via("", "a", "m1"), new Publication(copied, content("m2")), via("", "a", "m3"));

        assertThat(drain("a")).containsExactly("m1", "m2", "m3");
        assertThat(drain("b")).containsExactly("m2");
        assertThat(drain("c")).containsExactly("m2");
    }

    @Test
    void chance_decides_for_each_message_and_a_hash_for_each_key() {
        declare(queue("a"), queue("b"));
        make("random", ExchangeSpec.Kind.RANDOM);
        make("hash", ExchangeSpec.Kind.HASH);
        for (String queue : List.of("a", "b")) {
            bind("random", queue, "");
            bind("hash", queue, "1");
        }

        publish(numbered("random", "same", 64));
        assertThat(List.of(drain("a"), drain("b")))
                .allSatisfy(texts -> assertThat(texts).hasSizeBetween(1, 63));

        publish(numbered("hash", "same", 64));
        assertThat(List.of(drain("a").size(), drain("b").size())).containsExactlyInAnyOrder(0, 64);
    }

    @Test
    void a_weight_that_is_none_is_refused() {
        declare(queue("a"));
        make("hash", ExchangeSpec.Kind.HASH);
        for (String weight : List.of("0", "-1", "10001", "many", "")) {
            assertThat(rig.failure(session.bind(binding("hash", "a", weight))))
                    .isEqualTo(Kind.INVALID);
        }
    }

    private void make(String name, ExchangeSpec.Kind kind) {
        ExchangeSpec spec = ExchangeSpec.durable("/", name, kind);
        rig.await(session.declareExchange(spec));
    }

    private static Publication[] numbered(String exchange, String key, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> via(exchange, key, "m" + i))
                .toArray(Publication[]::new);
    }

    @Test
    void a_listed_topic_is_reached_by_its_name_as_a_subject() {
        declare(queue("shop.orders"), log("shop.audit", 1));
        bind("x.topic", "shop.orders", "shop.audit");

        publish(
                new Publication(
                        new Address.Subject("/", "shop.orders"), Samples.content("to the queue")),
                via("x.topic", "shop.audit", "to both"));

        assertThat(drain("shop.orders")).containsExactly("to the queue", "to both");
        assertThat(read("shop.audit", 0)).containsExactly("to both");
    }

    @Test
    void addressing_a_queue_touches_no_subject() {
        declare(queue("orders"), queue("all"));
        bind("x.topic", "all", "#");
        publish(to("orders", "m1"), via("", "orders", "m2"));

        assertThat(drain("all")).isEmpty();
        assertThat(drain("orders")).containsExactly("m1", "m2");
    }

    @Test
    void a_route_changes_with_the_bindings() {
        declare(queue("a"), queue("b"));
        bind("x.direct", "a", "k");
        publish(via("x.direct", "k", "m1"));
        bind("x.direct", "b", "k");
        publish(via("x.direct", "k", "m2"));
        rig.await(session.unbind(binding("x.direct", "a", "k")));
        publish(via("x.direct", "k", "m3"));

        assertThat(drain("a")).containsExactly("m1", "m2");
        assertThat(drain("b")).containsExactly("m2", "m3");
    }

    @Test
    void messages_of_one_session_keep_their_order_in_memory_queues_too() {
        declare(queue("durable"), transientQueue("live"));
        bind("x.topic", "durable", "both");
        bind("x.topic", "live", "#");
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int number = i;
            String key = i % 3 == 0 ? "both" : "only";
            session.publish(
                    List.of(via("x.topic", key, "m" + i)), outcomes -> answered.add(number));
        }
        rig.until(() -> answered.size() == 200);

        assertThat(answered).isSorted();
        assertThat(drain("live"))
                .isEqualTo(IntStream.range(0, 200).mapToObj(i -> "m" + i).toList());
    }

    @Test
    void a_batch_for_a_topic_also_reaches_the_queues_its_subject_leads_to() {
        declare(log("events", 1), queue("copy"), transientQueue("live"), queue("other"));
        bind("x.topic", "copy", "events");
        bind("x.topic", "live", "#");
        bind("x.topic", "other", "other");
        ProducerStamp stamp = new ProducerStamp(3, (short) 0, 0);

        append(batch("events", 0, stamp, "a", "b"));
        append(batch("events", 0, stamp, "a", "b"));
        append(batch("events", 0, new ProducerStamp(3, (short) 0, 2), "c"));

        assertThat(read("events", 0)).containsExactly("a,b", "c");
        assertThat(drain("copy")).containsExactly("a", "b", "c");
        assertThat(drain("live")).containsExactly("a", "b", "c");
        assertThat(drain("other")).isEmpty();
        assertThat(session.wantsOpened(topic("events"))).isTrue();
    }

    @Test
    void a_batch_for_a_queue_is_stored_message_by_message() {
        declare(queue("orders"));
        ProducerStamp stamp = new ProducerStamp(3, (short) 0, 0);
        assertThat(append(batch("orders", 0, stamp, "a", "b")).getFirst().baseOffset()).isZero();
        AppendListener.Result retry = append(batch("orders", 0, stamp, "a", "b")).getFirst();
        assertThat(retry.outcome()).isEqualTo(AppendListener.Outcome.DUPLICATE);
        ProducerStamp gap = new ProducerStamp(3, (short) 0, 7);
        assertThat(append(batch("orders", 0, gap, "x")).getFirst().outcome())
                .isEqualTo(AppendListener.Outcome.OUT_OF_ORDER_SEQUENCE);

        assertThat(drain("orders")).containsExactly("a", "b");
    }

    @Test
    void a_message_may_be_published_to_a_partitioned_topic() {
        declare(log("events", 3));
        publish(
                new Publication(
                        new Address.Direct(TopicName.of("events"), 2), Samples.content("m")));
        assertThat(read("events", 2)).containsExactly("m");
        assertThat(session.reader(TopicName.of("events"), 2).endOffset()).isEqualTo(1);
    }

    // Exchanges --------------------------------------------------------------------------------

    @Test
    void an_exchange_is_declared_once_and_goes_with_its_bindings() {
        ExchangeSpec spec = exchange("audit", false);
        rig.await(session.declareExchange(spec));
        rig.await(session.declareExchange(spec));
        declare(queue("a"));
        bind("audit", "a", "k");

        assertThat(rig.failure(session.declareExchange(exchange("audit", true))))
                .isEqualTo(Kind.CONFLICT);
        assertThat(rig.failure(session.deleteExchange("/", "audit", true))).isEqualTo(Kind.IN_USE);
        rig.await(session.deleteExchange("/", "audit", false));
        assertThat(session.definitions().bindings()).isEmpty();
        assertThat(rig.failure(session.deleteExchange("/", "audit", false)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(publish(via("audit", "k", "m"))).containsExactly(Outcome.NOT_FOUND);
    }

    @Test
    void an_auto_delete_exchange_goes_with_its_last_binding() {
        rig.await(session.declareExchange(exchange("one", true)));
        rig.await(session.declareExchange(exchange("two", true)));
        declare(queue("a"), queue("b"));
        bind("one", "a", "k");
        bind("one", "b", "k");
        bind("two", "a", "k");
        rig.await(session.unbind(binding("one", "b", "k")));
        assertThat(session.definitions().exchange("/", "one")).isNotNull();

        rig.await(session.deleteTopic(TopicName.of("a"), false, false));
        assertThat(session.definitions().exchange("/", "one")).isNull();
        assertThat(session.definitions().exchange("/", "two")).isNull();
    }

    @Test
    void a_binding_names_what_is_missing() {
        declare(queue("a"));
        assertThat(rig.failure(session.bind(binding("nowhere", "a", "k"))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig.failure(session.bind(binding("x.topic", "nothing", "k"))))
                .isEqualTo(Kind.NOT_FOUND);
    }

    // Lifetimes --------------------------------------------------------------------------------

    @Test
    void an_exclusive_queue_is_closed_to_others_and_goes_with_its_session() {
        Session owner = rig.session();
        rig.await(owner.declareTopic(exclusiveQueue("mine")));
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("mine"), "");
        TopicName name = TopicName.of("mine");

        assertThat(rig.failure(session.declareTopic(exclusiveQueue("mine"))))
                .isEqualTo(Kind.LOCKED);
        assertThat(rig.failure(session.take(ref, false))).isEqualTo(Kind.LOCKED);
        assertThat(rig.failure(session.deleteTopic(name, false, false))).isEqualTo(Kind.LOCKED);
        assertThat(publish(to("mine", "m"))).containsExactly(Outcome.STORED);
        owner.close();
        rig.until(() -> session.definitions().topic(name) == null);
        assertThat(publish(to("mine", "m"))).containsExactly(Outcome.NOT_FOUND);
    }

    @Test
    void an_auto_delete_queue_goes_when_its_last_consumer_has_gone() {
        Lifetime lifetime = new Lifetime(true, true, false, false, false);
        declare(queue("brief", lifetime));
        ConsumeSpec spec =
                new ConsumeSpec(new SubscriptionRef(TopicName.of("brief"), ""), false, false, 0, 1);
        var first = rig.await(session.consume(spec, new Collector()));
        Session other = rig.session();
        rig.await(other.consume(spec, new Collector()));
        first.close();
        assertThat(rig.await(session.stats(TopicName.of("brief"))).consumers()).isEqualTo(1);

        other.close();
        rig.until(() -> session.definitions().topic(TopicName.of("brief")) == null);
    }

    @Test
    void the_first_explicit_declaration_sets_the_kind_of_a_provisional_topic() {
        TopicSpec log = log("maybe", 1);
        Lifetime made = new Lifetime(true, false, false, true, true);
        TopicSpec provisional =
                new TopicSpec(log.name(), log.form(), 1, log.retention(), made, Map.of());
        rig.await(session.declareTopic(provisional));
        rig.await(session.declareTopic(queue("maybe")));
        assertThat(topic("maybe").spec().isQueue()).isTrue();
        publish(to("maybe", "m"));
        assertThat(drain("maybe")).containsExactly("m");
        assertThat(rig.failure(session.declareTopic(log))).isEqualTo(Kind.CONFLICT);

        TopicSpec filled =
                new TopicSpec(TopicName.of("full"), log.form(), 1, log.retention(), made, Map.of());
        rig.await(session.declareTopic(filled));
        append(batch("full", 0, null, "a"));
        assertThat(rig.failure(session.declareTopic(queue("full")))).isEqualTo(Kind.CONFLICT);
        rig.await(session.declareTopic(log("full", 1)));
        assertThat(topic("full").spec().lifetime().provisional()).isFalse();
        assertThat(read("full", 0)).containsExactly("a");
    }

    @Test
    void a_topic_grows() {
        declare(log("events", 1));
        append(batch("events", 0, null, "a"));
        assertThat(rig.await(session.addPartitions(TopicName.of("events"), 3)).partitions())
                .hasSize(3);
        append(batch("events", 2, null, "b"));
        assertThat(read("events", 0)).containsExactly("a");
        assertThat(read("events", 2)).containsExactly("b");
        assertThat(rig.failure(session.addPartitions(TopicName.of("events"), 3)))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    void producer_ids_are_never_given_twice() {
        List<Long> ids = new ArrayList<>();
        for (int i = 0; i < 2500; i++) {
            ids.add(rig.await(session.newProducerId()));
        }
        assertThat(ids).doesNotHaveDuplicates();
    }

    // Helpers ----------------------------------------------------------------------------------

    private void declare(TopicSpec... specs) {
        for (TopicSpec spec : specs) {
            rig.await(session.declareTopic(spec));
        }
    }

    private io.polylog.broker.Topic topic(String name) {
        return session.definitions().topic(TopicName.of(name));
    }

    private static ExchangeSpec exchange(String name, boolean autoDelete) {
        return new ExchangeSpec(
                "/",
                name,
                ExchangeSpec.Kind.DIRECT,
                true,
                autoDelete,
                false,
                null,
                HashOn.Known.ROUTING_KEY,
                Map.of());
    }

    private void bind(String exchange, String queue, String key) {
        rig.await(session.bind(binding(exchange, queue, key)));
    }

    private List<Outcome> publish(Publication... messages) {
        CompletableFuture<List<Outcome>> done = new CompletableFuture<>();
        session.publish(
                List.of(messages),
                outcomes ->
                        done.complete(
                                IntStream.range(0, messages.length)
                                        .mapToObj(outcomes::at)
                                        .toList()));
        return rig.await(done);
    }

    private List<AppendListener.Result> append(Append... batches) {
        CompletableFuture<List<AppendListener.Result>> done = new CompletableFuture<>();
        session.append(List.of(batches), done::complete);
        return rig.await(done);
    }

    private List<String> drain(String queue) {
        List<String> all = new ArrayList<>();
        SubscriptionRef ref = new SubscriptionRef(TopicName.of(queue), "");
        var next = rig.await(session.take(ref, true));
        while (next.isPresent()) {
            all.add(Samples.text(next.get()));
            next = rig.await(session.take(ref, true));
        }
        return all;
    }

    private List<String> read(String topic, int partition) {
        Reader reader = session.reader(TopicName.of(topic), partition);
        return rig.await(reader.read(reader.startOffset(), 100_000)).records().stream()
                .map(entry -> Samples.text(entry.content()))
                .toList();
    }
}
