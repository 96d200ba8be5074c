package io.polylog.broker.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.PublishListener;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.shard.Serving;
import io.polylog.message.TopicName;
import io.polylog.security.Principal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What an embedded coordinator may count on.
@ParameterizedClass
@EnumSource(Engine.class)
class InternalStreamContractTest {
    @Parameter Engine engine;
    private Rig rig;

    @BeforeEach
    void start() {
        rig = engine.open();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void records_are_read_back_and_older_ones_of_a_key_are_left_out() {
        InternalStream stream = open("offsets", 3, 1);
        assertThat(append(stream, 0, "a=1", "b=1").baseOffset()).isZero();
        assertThat(append(stream, 2, "a=2").outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(append(stream, 3, "b=2").outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(stream.endOffset()).isEqualTo(4);

        assertThat(contents(stream, 0)).containsExactly("a=2", "b=2");
        assertThat(contents(stream, 3)).containsExactly("b=2");
        append(stream, 4, "a");
        append(stream, 5, "b");
        assertThat(contents(stream, 0)).isEmpty();
        assertThat(read(stream, 0).nextOffset()).isEqualTo(6);
    }

    @Test
    void a_wrong_prediction_or_epoch_is_refused() {
        InternalStream stream = open("offsets", 1, 0);
        append(stream, 0, "a=1");
        assertThat(append(stream, 0, "a=2").outcome()).isEqualTo(Outcome.CLOSED);
        assertThat(append(stream, 2, "a=2").outcome()).isEqualTo(Outcome.CLOSED);
        assertThat(append(stream, stream.epoch() + 1, 1, "a=2").outcome())
                .isEqualTo(Outcome.CLOSED);
        assertThat(append(stream, 1, "a=2").outcome()).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void keys_beyond_one_head_are_taken() {
        InternalStream stream = open("offsets", 1, 0);
        String[] many = new String[3000];
        Arrays.setAll(many, i -> "a-key-that-is-somewhat-longer-than-others-" + i + "=1");
        append(stream, 0, many);
        append(stream, 3000, many);
        assertThat(contents(stream, 0)).containsExactly(String.join(",", many));
    }

    @Test
    void nobody_else_sees_or_writes_it() {
        open("offsets", 1, 0);
        Session session = rig.session();
        assertThat(session.definitions().topics()).isEmpty();
        assertThat(publish(session, new TopicName("$internal", "offsets")))
                .isEqualTo(PublishListener.Outcome.DENIED);
    }

    @Test
    void only_the_broker_itself_makes_topics_beside_it() {
        TopicName name = new TopicName("$internal", "own");
        TopicSpec spec =
                new TopicSpec(
                        name,
                        TopicSpec.Form.MESSAGES,
                        1,
                        TopicSpec.Retention.FOREVER,
                        new TopicSpec.Lifetime(true, false, false, false, false),
                        Map.of());
        assertThatExceptionOfType(BrokerException.class)
                .isThrownBy(() -> rig.await(rig.session().declareTopic(spec)))
                .satisfies(refused -> assertThat(refused.kind()).isEqualTo(Kind.DENIED));
        Session own = rig.session(Principal.BROKER);
        rig.await(own.declareTopic(spec));
        assertThat(rig.session().definitions().topics()).isEmpty();
        assertThat(publish(own, name)).isEqualTo(PublishListener.Outcome.STORED);
        assertThat(publish(rig.session(), name)).isEqualTo(PublishListener.Outcome.DENIED);
    }

    private PublishListener.Outcome publish(Session session, TopicName to) {
        CompletableFuture<PublishListener.Outcome> outcome = new CompletableFuture<>();
        session.publish(
                List.of(new Publication(new Address.Direct(to, 0), Samples.content("forged"))),
                outcomes -> outcome.complete(outcomes.at(0)));
        return rig.await(outcome);
    }

    // Helpers ----------------------------------------------------------------------------------

    private InternalStream open(String name, int partitions, int partition) {
        Core core = (Core) rig.broker();
        return rig.await(core.openInternalStream(name, partitions, partition));
    }

    private AppendListener.Result append(InternalStream stream, long end, String... records) {
        return append(stream, stream.epoch(), end, records);
    }

    private AppendListener.Result append(
            InternalStream stream, long epoch, long end, String... records) {
        List<byte[]> keys = new ArrayList<>();
        List<Boolean> tombstones = new ArrayList<>();
        for (String record : records) {
            keys.add(record.split("=", 2)[0].getBytes(StandardCharsets.UTF_8));
            tombstones.add(!record.contains("="));
        }
        CompletableFuture<AppendListener.Result> done = new CompletableFuture<>();
        stream.append(
                epoch,
                end,
                records.length,
                Samples.bytes(String.join(",", records)),
                keys,
                tombstones,
                results -> rig.loop.post(() -> done.complete(results.getFirst())));
        return rig.await(done);
    }

    private List<String> contents(InternalStream stream, long offset) {
        return read(stream, offset).records().stream()
                .map(entry -> Samples.text(entry.content()))
                .toList();
    }

    private Reader.ReadResult read(InternalStream stream, long offset) {
        CompletableFuture<Serving.Kept> kept = new CompletableFuture<>();
        CoreInternalStream inner = (CoreInternalStream) stream;
        inner.keptFrom(offset).thenAccept(found -> rig.loop.post(() -> kept.complete(found)));
        return inner.read(offset, 1_000_000, rig.await(kept));
    }
}
