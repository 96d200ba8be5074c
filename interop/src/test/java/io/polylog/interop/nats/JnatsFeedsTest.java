package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.Mirror;
import io.nats.client.api.Republish;
import io.nats.client.api.Source;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.api.SubjectTransform;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What flows from streams into others, and on which subjects it is kept and told, as NATS' own
/// client sees it.
class JnatsFeedsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats nats;
    private JetStreamManagement streams;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
    }

    @AfterEach
    void deleteStreams() throws Exception {
        for (String name : streams.getStreamNames()) {
            streams.deleteStream(name);
        }
        nats.close();
    }

    private void make(String name, UnaryOperator<StreamConfiguration.Builder> how)
            throws Exception {
        streams.addStream(how.apply(StreamConfiguration.builder().name(name)).build());
    }

    private void store(String subject, String... texts) throws Exception {
        for (String text : texts) {
            nats.client.jetStream().publish(subject, text.getBytes(UTF_8));
        }
    }

    private static SubjectTransform transform(String from, String to) {
        return SubjectTransform.builder().source(from).destination(to).build();
    }

    private long last(String stream) throws Exception {
        return streams.getStreamInfo(stream).getStreamState().getLastSequence();
    }

    private void awaitLast(String stream, long sequence) {
        await().atMost(Jnats.PATIENCE).until(() -> last(stream) == sequence);
    }

    /// All that a stream holds, each as its sequence, subject and text.
    private List<String> held(String stream) throws Exception {
        List<String> all = new ArrayList<>();
        for (long each = 1; each <= last(stream); each++) {
            try {
                MessageInfo message = streams.getMessage(stream, each);
                String text = new String(message.getData(), UTF_8);
                all.add(each + " " + message.getSubject() + " " + text);
            } catch (JetStreamApiException gone) {
                assertThat(gone.getApiErrorCode()).isEqualTo(10037);
            }
        }
        return all;
    }

    @Test
    void a_stream_is_filled_from_others_each_message_once_also_after_a_restart() throws Exception {
        make("A", each -> each.subjects("a.>"));
        make("B", each -> each.subjects("b.>"));
        store("a.1", "one");
        make(
                "T",
                each ->
                        each.subjects("own")
                                .sources(
                                        Source.builder().sourceName("A").build(),
                                        Source.builder()
                                                .sourceName("B")
                                                .subjectTransforms(
                                                        transform("b.*", "from.b.{{wildcard(1)}}"))
                                                .build()));
        awaitLast("T", 1);
        store("b.x", "two");
        awaitLast("T", 2);
        store("own", "three");
        nats.close();
        broker.restart();
        connect();
        store("a.2", "four");
        awaitLast("T", 4);
        store("b.no.fit", "never");
        store("b.y", "five");
        awaitLast("T", 5);

        assertThat(held("T"))
                .containsExactly(
                        "1 a.1 one",
                        "2 from.b.x two",
                        "3 own three",
                        "4 a.2 four",
                        "5 from.b.y five");
        Headers headers = streams.getMessage("T", 2).getHeaders();
        assertThat(headers.getFirst("Nats-Stream-Source"))
                .isEqualTo("B 1 b.* from.b.{{wildcard(1)}} b.x");
        assertThat(streams.getMessage("T", 4).getHeaders().getFirst("Nats-Stream-Source"))
                .isEqualTo("A 2 > > a.2");
        assertThat(streams.getStreamInfo("T").getSourceInfos())
                .anySatisfy(source -> {
                    assertThat(source.getName()).isEqualTo("A");
                    assertThat(source.getLag()).isZero();
                    assertThat(source.getError()).isNull();
                });
        // Nobody sees that as a consumer.
        assertThat(streams.getConsumerNames("A")).isEmpty();
    }

    @Test
    void a_source_may_be_a_part_of_a_stream_from_somewhere_on() throws Exception {
        make("A", each -> each.subjects("a.>"));
        store("a.1", "one");
        store("a.2", "two");
        store("a.1", "three");
        make(
                "T",
                each ->
                        each.sources(
                                Source.builder()
                                        .sourceName("A")
                                        .filterSubject("a.1")
                                        .startSeq(2)
                                        .build()));
        awaitLast("T", 1);
        assertThat(held("T")).containsExactly("1 a.1 three");
    }

    @Test
    void a_source_that_is_not_there_yet_is_waited_for() throws Exception {
        make("T", each -> each.sources(Source.builder().sourceName("LATE").build()));
        await().atMost(Jnats.PATIENCE)
                .until(() ->
                        streams.getStreamInfo("T").getSourceInfos().getFirst().getError() != null);
        make("LATE", each -> each.subjects("late"));
        store("late", "one");
        awaitLast("T", 1);
    }

    @Test
    void a_mirror_has_the_sequences_of_its_stream() throws Exception {
        make("A", each -> each.subjects("a.>"));
        store("a.1", "one");
        store("a.2", "two", "three");
        store("a.3", "four");
        streams.deleteMessage("A", 1);
        streams.deleteMessage("A", 3);
        make("M", each -> each.mirror(Mirror.builder().sourceName("A").build()));
        awaitLast("M", 4);
        store("a.1", "five");
        awaitLast("M", 5);

        assertThat(held("M")).containsExactly("2 a.2 two", "4 a.3 four", "5 a.1 five");
        StreamInfo all =
                streams.getStreamInfo(
                        "M", StreamInfoOptions.builder().allSubjects().deletedDetails().build());
        assertThat(all.getStreamState().getMsgCount()).isEqualTo(3);
        assertThat(all.getStreamState().getFirstSequence()).isEqualTo(2);
        assertThat(all.getStreamState().getDeleted()).containsExactly(3L);
        assertThat(all.getStreamState().getSubjectMap()).containsOnlyKeys("a.1", "a.2", "a.3");
        assertThatThrownBy(() -> streams.getMessage("M", 3)).hasMessageContaining("10037");
        assertThat(streams.getStreamInfo("M").getMirrorInfo().getName()).isEqualTo("A");
        assertThat(streams.getMessage("M", 2).getHeaders()).isNull();
    }

    @Test
    void nobody_sees_anything_where_a_mirror_leaves_messages_out() throws Exception {
        make("A", each -> each.subjects("a"));
        make("M", each -> each.mirror(Mirror.builder().sourceName("A").build()));
        JetStreamSubscription reader =
                nats.client
                        .jetStream()
                        .subscribe(null, PushSubscribeOptions.builder().stream("M").build());
        for (int round = 0; round < 50; round++) {
            long gone = nats.client.jetStream().publish("a", new byte[0]).getSeqno();
            streams.deleteMessage("A", gone);
            store("a", "m" + round);
        }
        awaitLast("M", 100);
        Set<String> subjects = new HashSet<>();
        long last = 0;
        while (last < 100) {
            Message next = reader.nextMessage(Jnats.PATIENCE);
            subjects.add(next.getSubject());
            last = next.metaData().streamSequence();
        }
        assertThat(subjects).containsExactly("a");
    }

    @Test
    void a_bucket_is_mirrored_and_read_there() throws Exception {
        nats.client
                .keyValueManagement()
                .create(KeyValueConfiguration.builder().name("B").maxHistoryPerKey(1).build());
        KeyValue bucket = nats.client.keyValue("B");
        bucket.put("k", "old");
        bucket.put("k", "new");
        bucket.put("other", "1");
        nats.client
                .keyValueManagement()
                .create(
                        KeyValueConfiguration.builder()
                                .name("M")
                                .mirror(Mirror.builder().sourceName("KV_B").build())
                                .build());
        awaitLast("KV_M", 3);
        bucket.put("k", "newest");
        awaitLast("KV_M", 4);

        assertThat(held("KV_M")).containsExactly("3 $KV.B.other 1", "4 $KV.B.k newest");
        assertThat(streams.getLastMessage("KV_M", "$KV.B.k").getSeq())
                .isEqualTo(bucket.get("k").getRevision());
        bucket.purge("other");
        awaitLast("KV_M", 5);
        assertThat(streams.getStreamInfo("KV_M").getStreamState().getMsgCount()).isEqualTo(2);
        nats.client.keyValue("M").put("k", "through the mirror");
        assertThat(bucket.get("k").getValueAsString()).isEqualTo("through the mirror");
    }

    @Test
    void a_bucket_has_what_others_have() throws Exception {
        for (String name : List.of("A", "B")) {
            nats.client
                    .keyValueManagement()
                    .create(KeyValueConfiguration.builder().name(name).build());
            nats.client.keyValue(name).put(name, name + "'s");
        }
        nats.client
                .keyValueManagement()
                .create(
                        KeyValueConfiguration.builder()
                                .name("ALL")
                                .sources(
                                        Source.builder()
                                                .sourceName("KV_A")
                                                .subjectTransforms(
                                                        transform("$KV.A.>", "$KV.ALL.>"))
                                                .build(),
                                        Source.builder()
                                                .sourceName("KV_B")
                                                .subjectTransforms(
                                                        transform("$KV.B.>", "$KV.ALL.>"))
                                                .build())
                                .build());
        KeyValue all = nats.client.keyValue("ALL");
        await().atMost(Jnats.PATIENCE).until(() -> all.keys().size() == 2);

        assertThat(all.get("A").getValueAsString()).isEqualTo("A's");
        assertThat(all.get("B").getValueAsString()).isEqualTo("B's");
    }

    @Test
    void what_cannot_be_filled_is_refused() throws Exception {
        make("A", each -> each.subjects("a"));
        assertRefused(
                10034, each -> each.subjects("x").mirror(Mirror.builder().sourceName("A").build()));
        assertRefused(
                10140,
                each ->
                        each.sources(
                                Source.builder().sourceName("A").build(),
                                Source.builder().sourceName("A").startSeq(3).build()));
        assertRefused(
                10146,
                each ->
                        each.sources(
                                Source.builder()
                                        .sourceName("A")
                                        .subjectTransforms(transform("a.*", "b.$2"))
                                        .build()));
        assertRefused(10052, each -> each.sources(Source.builder().sourceName("X").build()));
        assertRefused(10156, each -> each.subjects("x").subjectTransform(transform("x.*", "$2")));
        assertRefused(
                10052,
                each ->
                        each.subjects("x")
                                .republish(
                                        Republish.builder().source("x").destination("x").build()));
    }

    private void assertRefused(int number, UnaryOperator<StreamConfiguration.Builder> how) {
        assertThatThrownBy(() -> make("X", how))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(number));
    }

    @Test
    void a_stream_keeps_messages_on_other_subjects() throws Exception {
        make(
                "S",
                each ->
                        each.subjects("in.>")
                                .allowDirect(true)
                                .subjectTransform(transform("in.*.*", "kept.$2.$1")));
        Subscription live = nats.subscribe("in.>");
        store("in.a.b", "one");
        store("in.other", "two");

        assertThat(Jnats.next(live).getSubject()).isEqualTo("in.a.b");
        assertThat(Jnats.next(live).getSubject()).isEqualTo("in.other");
        assertThat(held("S")).containsExactly("1 kept.b.a one", "2 in.other two");
        assertThat(streams.getLastMessage("S", "kept.b.a").getSeq()).isEqualTo(1);
    }

    @Test
    void what_is_stored_is_published_again() throws Exception {
        make(
                "S",
                each ->
                        each.subjects("s.*")
                                .republish(
                                        Republish.builder()
                                                .source("s.*")
                                                .destination("again.$1")
                                                .build()));
        make(
                "H",
                each ->
                        each.subjects("h")
                                .republish(
                                        Republish.builder()
                                                .source(">")
                                                .destination("sizes.>")
                                                .headersOnly(true)
                                                .build()));
        Subscription again = nats.subscribe("again.>");
        Subscription sizes = nats.subscribe("sizes.>");
        store("s.a", "one");
        store("s.b", "two");
        store("s.a", "three");
        store("h", "12345");

        assertThat(republished(Jnats.next(again))).isEqualTo("again.a one S s.a 1 0");
        assertThat(republished(Jnats.next(again))).isEqualTo("again.b two S s.b 2 0");
        assertThat(republished(Jnats.next(again))).isEqualTo("again.a three S s.a 3 1");
        Message size = Jnats.next(sizes);
        assertThat(republished(size)).isEqualTo("sizes.h  H h 1 0");
        assertThat(size.getHeaders().getFirst("Nats-Msg-Size")).isEqualTo("5");
        assertThat(size.getHeaders().getFirst("Nats-Time-Stamp")).endsWith("Z");
    }

    private static String republished(Message message) {
        Headers headers = message.getHeaders();
        return String.join(
                " ",
                message.getSubject(),
                Jnats.text(message),
                headers.getFirst("Nats-Stream"),
                headers.getFirst("Nats-Subject"),
                headers.getFirst("Nats-Sequence"),
                headers.getFirst("Nats-Last-Sequence"));
    }
}
