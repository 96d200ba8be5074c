package io.polylog.broker.core;

import static io.polylog.broker.core.Samples.batch;
import static io.polylog.broker.core.Samples.log;
import static io.polylog.broker.core.Samples.queue;
import static io.polylog.broker.core.Samples.text;
import static io.polylog.broker.core.Samples.to;
import static io.polylog.broker.core.Samples.via;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What adapters may count on, on every engine: topics and queues, publishing, reading, consuming.
@ParameterizedClass
@EnumSource(Engine.class)
class BrokerContractTest {
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

    // Definitions ------------------------------------------------------------------------------

    @Test
    void a_declared_queue_is_found_by_name_and_id() {
        Topic made = rig.await(session.declareTopic(queue("orders")));

        assertThat(session.definitions().topic(TopicName.of("orders"))).isEqualTo(made);
        assertThat(session.definitions().topic(made.id())).isEqualTo(made);
        assertThat(rig.await(session.declareTopic(queue("orders")))).isEqualTo(made);
    }

    @Test
    void declaring_a_name_again_with_other_properties_is_a_conflict() {
        rig.await(session.declareTopic(queue("orders")));

        assertThat(rig.failure(session.declareTopic(log("orders", 1)))).isEqualTo(Kind.CONFLICT);
    }

    @Test
    void deleting_tells_how_many_messages_went() {
        rig.await(session.declareTopic(queue("orders")));
        publish(to("orders", "a"), to("orders", "b"));

        TopicName name = TopicName.of("orders");
        assertThat(rig.failure(session.deleteTopic(name, false, true))).isEqualTo(Kind.NOT_EMPTY);
        assertThat(rig.await(session.deleteTopic(name, true, false))).isEqualTo(2);
        assertThat(session.definitions().topic(name)).isNull();
        assertThat(publish(to("orders", "c"))).containsExactly(Outcome.NOT_FOUND);
        assertThat(rig.failure(session.deleteTopic(name, false, false))).isEqualTo(Kind.NOT_FOUND);
    }

    // Publishing and consuming -----------------------------------------------------------------

    @Test
    void what_is_published_to_a_queue_is_delivered_in_order() {
        rig.await(session.declareTopic(queue("orders")));
        assertThat(publish(to("orders", "a"), via("", "orders", "b")))
                .containsExactly(Outcome.STORED, Outcome.STORED);

        Collector collector = new Collector();
        consume("orders", 10, collector);
        rig.until(() -> collector.deliveries.size() == 2);
        publish(to("orders", "c"));
        rig.until(() -> collector.deliveries.size() == 3);

        assertThat(collector.texts()).containsExactly("a", "b", "c");
        assertThat(collector.deliveries).extracting(Delivery::offset).containsExactly(0L, 1L, 2L);
        assertThat(collector.deliveries).noneMatch(Delivery::redelivered);
    }

    @Test
    void an_unknown_queue_is_unroutable_by_the_default_exchange() {
        assertThat(publish(via("", "nowhere", "a"), via("no-such", "k", "b")))
                .containsExactly(Outcome.UNROUTABLE, Outcome.NOT_FOUND);
    }

    @Test
    void credit_bounds_what_is_unsettled() {
        rig.await(session.declareTopic(queue("orders")));
        publish(IntStream.range(0, 10).mapToObj(i -> to("orders", "m" + i)));
        Collector collector = new Collector();
        consume("orders", 3, collector);
        rig.until(() -> collector.deliveries.size() == 3);
        assertThat(stats("orders")).isEqualTo(new TopicStats(7, 3, 1));

        rig.await(session.settle(collector.deliveries.subList(0, 2), Settlement.ACCEPT, true));
        rig.until(() -> collector.deliveries.size() == 5);
        assertThat(stats("orders")).isEqualTo(new TopicStats(5, 3, 1));
    }

    @Test
    void credit_of_one_is_served_message_by_message() {
        rig.await(session.declareTopic(queue("orders")));
        publish(IntStream.range(0, 50).mapToObj(i -> to("orders", "m" + i)));
        Collector collector = new Collector();
        consume("orders", 1, collector);

        for (int i = 1; i <= 50; i++) {
            int count = i;
            rig.until(() -> collector.deliveries.size() == count);
            session.settle(List.of(collector.last()), Settlement.ACCEPT, false);
        }
        rig.until(() -> stats("orders").unsettled() == 0);
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    void a_released_message_comes_back_to_its_place_with_the_next_attempt() {
        rig.await(session.declareTopic(queue("orders")));
        publish(to("orders", "a"), to("orders", "b"), to("orders", "c"));
        Collector collector = new Collector();
        consume("orders", 2, collector);
        rig.until(() -> collector.deliveries.size() == 2);

        session.settle(List.of(collector.deliveries.get(0)), Settlement.RELEASE, false);
        rig.until(() -> collector.deliveries.size() == 3);

        assertThat(collector.texts()).containsExactly("a", "b", "a");
        assertThat(collector.last().attempt()).isEqualTo(1);
        assertThat(collector.last().redelivered()).isTrue();
    }

    @Test
    void a_settlement_of_an_earlier_attempt_is_refused() {
        rig.await(session.declareTopic(queue("orders")));
        publish(to("orders", "a"));
        Collector collector = new Collector();
        consume("orders", 1, collector);
        rig.until(() -> collector.deliveries.size() == 1);
        Delivery first = collector.last();
        rig.await(session.settle(List.of(first), Settlement.RELEASE, true));
        rig.until(() -> collector.deliveries.size() == 2);

        assertThat(rig.failure(session.settle(List.of(first), Settlement.ACCEPT, true)))
                .isEqualTo(Kind.CONFLICT);
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 1, 1));
        rig.await(session.settle(List.of(collector.last()), Settlement.REJECT, true));
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    void a_lost_connection_gives_back_what_it_had_delivered() {
        rig.await(session.declareTopic(queue("orders")));
        publish(to("orders", "a"), to("orders", "b"), to("orders", "c"));
        Session other = rig.session();
        Collector lost = new Collector();
        lost.room = 2;
        rig.await(other.consume(spec("orders", 10), lost));
        rig.until(() -> lost.deliveries.size() == 2);
        other.settle(List.of(lost.deliveries.get(0)), Settlement.ACCEPT, false);
        other.close();

        Collector collector = new Collector();
        consume("orders", 10, collector);
        rig.until(() -> collector.deliveries.size() == 2);

        assertThat(collector.texts()).containsExactly("b", "c");
        assertThat(collector.deliveries).extracting(Delivery::attempt).containsExactly(1, 0);
        assertThat(collector.deliveries.get(0).redelivered()).isTrue();
        assertThat(collector.deliveries.get(1).redelivered()).isFalse();
    }

    @Test
    void competing_consumers_share_a_queue_and_each_message_goes_to_one() {
        rig.await(session.declareTopic(queue("orders")));
        Collector one = new Collector();
        Collector two = new Collector();
        consume("orders", 1000, one);
        consume("orders", 1000, two);
        publish(IntStream.range(0, 200).mapToObj(i -> to("orders", "m" + i)));
        rig.until(() -> one.deliveries.size() + two.deliveries.size() == 200);

        List<String> all = new ArrayList<>(one.texts());
        all.addAll(two.texts());
        assertThat(all).doesNotHaveDuplicates().hasSize(200);
        assertThat(one.deliveries.size()).isBetween(50, 150);
    }

    @Test
    void a_consumer_of_higher_priority_is_served_first() {
        rig.await(session.declareTopic(queue("orders")));
        Collector low = new Collector();
        Collector high = new Collector();
        SubscriptionRef own = new SubscriptionRef(TopicName.of("orders"), "");
        rig.await(session.consume(new ConsumeSpec(own, false, false, 0, 100), low));
        rig.await(session.consume(new ConsumeSpec(own, false, false, 5, 3), high));
        publish(IntStream.range(0, 5).mapToObj(i -> to("orders", "m" + i)));
        rig.until(() -> low.deliveries.size() + high.deliveries.size() == 5);

        assertThat(high.texts()).containsExactly("m0", "m1", "m2");
        assertThat(low.texts()).containsExactly("m3", "m4");
    }

    @Test
    void an_exclusive_consumer_keeps_others_out() {
        rig.await(session.declareTopic(queue("orders")));
        SubscriptionRef own = new SubscriptionRef(TopicName.of("orders"), "");
        ConsumeSpec alone = new ConsumeSpec(own, false, true, 0, 1);
        Consumer first = rig.await(session.consume(alone, new Collector()));

        assertThat(rig.failure(session.consume(spec("orders", 1), new Collector())))
                .isEqualTo(Kind.LOCKED);
        first.close();
        rig.await(session.consume(spec("orders", 1), new Collector()));
        assertThat(rig.failure(session.consume(alone, new Collector()))).isEqualTo(Kind.IN_USE);
    }

    @Test
    void a_consumer_that_settles_nothing_gets_each_message_once() {
        rig.await(session.declareTopic(queue("orders")));
        publish(IntStream.range(0, 3000).mapToObj(i -> to("orders", "m" + i)));
        Collector collector = new Collector();
        SubscriptionRef own = new SubscriptionRef(TopicName.of("orders"), "");
        rig.await(session.consume(new ConsumeSpec(own, true, false, 0, 1), collector));
        rig.until(() -> collector.deliveries.size() == 3000);

        assertThat(collector.texts()).doesNotHaveDuplicates();
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    void a_message_is_taken_one_at_a_time() {
        rig.await(session.declareTopic(queue("orders")));
        SubscriptionRef own = new SubscriptionRef(TopicName.of("orders"), "");
        assertThat(rig.await(session.take(own, false))).isEmpty();
        session.publish(List.of(to("orders", "a"), to("orders", "b")), outcomes -> {});

        Optional<Delivery> first = rig.await(session.take(own, false));
        Optional<Delivery> second = rig.await(session.take(own, true));
        assertThat(first.map(Samples::text)).contains("a");
        assertThat(second.map(Samples::text)).contains("b");
        assertThat(rig.await(session.take(own, false))).isEmpty();
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 1, 0));

        session.settle(List.of(first.get()), Settlement.RELEASE, false);
        Delivery again = rig.await(session.take(own, false)).orElseThrow();
        assertThat(text(again)).isEqualTo("a");
        assertThat(again.attempt()).isEqualTo(1);
    }

    @Test
    void purging_removes_what_is_ready_and_leaves_what_is_in_flight() {
        rig.await(session.declareTopic(queue("orders")));
        publish(IntStream.range(0, 10).mapToObj(i -> to("orders", "m" + i)));
        Collector collector = new Collector();
        consume("orders", 4, collector);
        rig.until(() -> collector.deliveries.size() == 4);

        assertThat(rig.await(session.purge(TopicName.of("orders")))).isEqualTo(6);
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 4, 1));
        rig.await(session.settle(collector.deliveries, Settlement.ACCEPT, true));
        assertThat(stats("orders")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    void a_connection_that_takes_no_more_gets_the_rest_when_it_resumes() {
        rig.await(session.declareTopic(queue("orders")));
        publish(IntStream.range(0, 10).mapToObj(i -> to("orders", "m" + i)));
        Collector collector = new Collector();
        collector.room = 4;
        Consumer consumer = consume("orders", 100, collector);
        rig.until(() -> collector.deliveries.size() == 4);

        collector.room = 100;
        consumer.resume();
        rig.until(() -> collector.deliveries.size() == 10);
        assertThat(collector.texts())
                .isEqualTo(IntStream.range(0, 10).mapToObj(i -> "m" + i).toList());
    }

    @Test
    void deleting_a_queue_cancels_its_consumers() {
        rig.await(session.declareTopic(queue("orders")));
        Collector collector = new Collector();
        consume("orders", 4, collector);
        TopicName name = TopicName.of("orders");

        assertThat(rig.failure(session.deleteTopic(name, true, false))).isEqualTo(Kind.IN_USE);
        rig.await(session.deleteTopic(name, false, false));
        rig.until(() -> collector.cancelled);
    }

    // Logs -------------------------------------------------------------------------------------

    @Test
    void batches_are_read_back_as_they_were_sent() {
        rig.await(session.declareTopic(log("events", 2)));
        List<AppendListener.Result> results =
                append(batch("events", 1, null, "a", "b"), batch("events", 1, null, "c"));
        assertThat(results).extracting(AppendListener.Result::baseOffset).containsExactly(0L, 2L);

        Reader reader = session.reader(TopicName.of("events"), 1);
        assertThat(reader.endOffset()).isEqualTo(3);
        Reader.ReadResult read = rig.await(reader.read(0, 1000));
        assertThat(read.records()).extracting(Reader.Entry::span).containsExactly(2, 1);
        assertThat(read.records()).extracting(e -> text(e.content())).containsExactly("a,b", "c");
        assertThat(read.records()).allMatch(Reader.Entry::batch);
        assertThat(read.records().getFirst().content().encoding()).isEqualTo(Samples.BATCH);
        assertThat(read.nextOffset()).isEqualTo(3);
        assertThat(session.reader(TopicName.of("events"), 0).endOffset()).isZero();
    }

    @Test
    void a_retry_with_the_same_stamp_is_stored_once() {
        rig.await(session.declareTopic(log("events", 1)));
        ProducerStamp first = new ProducerStamp(5, (short) 0, 0);
        ProducerStamp second = new ProducerStamp(5, (short) 0, 2);
        append(batch("events", 0, first, "a", "b"));

        List<AppendListener.Result> results =
                append(batch("events", 0, first, "a", "b"), batch("events", 0, second, "c"));
        assertThat(results)
                .extracting(AppendListener.Result::outcome)
                .containsExactly(AppendListener.Outcome.DUPLICATE, AppendListener.Outcome.APPENDED);
        assertThat(results).extracting(AppendListener.Result::baseOffset).containsExactly(0L, 2L);
    }

    @Test
    void a_reader_is_told_when_there_is_more() {
        rig.await(session.declareTopic(log("events", 1)));
        Reader reader = session.reader(TopicName.of("events"), 0);
        List<String> calls = new ArrayList<>();
        reader.whenBeyond(0, () -> calls.add("beyond 0"));
        reader.whenBeyond(1, () -> calls.add("beyond 1"));
        reader.whenBeyond(0, () -> calls.add("called off")).cancel();
        append(batch("events", 0, null, "a"));
        rig.until(() -> calls.size() == 1);
        append(batch("events", 0, null, "b"));
        rig.until(() -> calls.size() == 2);

        assertThat(calls).containsExactly("beyond 0", "beyond 1");
    }

    @Test
    void a_named_subscription_takes_part_in_all_partitions_record_by_record() {
        rig.await(session.declareTopic(log("events", 3)));
        append(batch("events", 0, null, "before"));
        Collector collector = new Collector();
        SubscriptionRef audit = new SubscriptionRef(TopicName.of("events"), "audit");
        rig.await(session.consume(new ConsumeSpec(audit, false, false, 0, 2), collector));
        append(batch("events", 0, null, "a", "b"), batch("events", 1, null, "c"));
        append(batch("events", 2, null, "d", "e", "f"));

        List<String> seen = new ArrayList<>();
        for (int done = 0; done < 6; ) {
            int next = done + 1;
            rig.until(() -> collector.deliveries.size() >= next);
            assertThat(collector.deliveries.size() - done).isLessThanOrEqualTo(2);
            Delivery delivery = collector.deliveries.get(done++);
            seen.add(text(delivery) + "@" + delivery.indexInRecord());
            assertThat(delivery.batch()).isTrue();
            session.settle(List.of(delivery), Settlement.ACCEPT, false);
        }
        assertThat(seen)
                .containsExactlyInAnyOrder(
                        "a,b@0", "a,b@1", "c@0", "d,e,f@0", "d,e,f@1", "d,e,f@2");
    }

    @Test
    void a_queue_is_read_without_what_was_settled() {
        rig.await(session.declareTopic(queue("orders")));
        publish(IntStream.range(0, 6).mapToObj(i -> to("orders", "m" + i)));
        Collector collector = new Collector();
        consume("orders", 10, collector);
        rig.until(() -> collector.deliveries.size() == 6);
        List<Delivery> some =
                List.of(
                        collector.deliveries.get(0),
                        collector.deliveries.get(2),
                        collector.deliveries.get(3));
        rig.await(session.settle(some, Settlement.ACCEPT, true));

        Reader reader = session.reader(TopicName.of("orders"), 0);
        assertThat(reader.startOffset()).isEqualTo(1);
        Reader.ReadResult read = rig.await(reader.read(1, 10_000));
        assertThat(read.records()).extracting(Reader.Entry::offset).containsExactly(1L, 4L, 5L);
        assertThat(read.nextOffset()).isEqualTo(6);
    }

    // Helpers ----------------------------------------------------------------------------------

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

    private void publish(java.util.stream.Stream<Publication> messages) {
        assertThat(publish(messages.toArray(Publication[]::new)))
                .allMatch(outcome -> outcome == Outcome.STORED);
    }

    private List<AppendListener.Result> append(io.polylog.broker.Append... batches) {
        CompletableFuture<List<AppendListener.Result>> done = new CompletableFuture<>();
        session.append(List.of(batches), done::complete);
        return rig.await(done);
    }

    private TopicStats stats(String name) {
        return rig.await(session.stats(TopicName.of(name)));
    }

    private Consumer consume(String queue, int credit, Collector collector) {
        return rig.await(session.consume(spec(queue, credit), collector));
    }

    private static ConsumeSpec spec(String queue, int credit) {
        SubscriptionRef own = new SubscriptionRef(TopicName.of(queue), "");
        return new ConsumeSpec(own, false, false, 0, credit);
    }
}
