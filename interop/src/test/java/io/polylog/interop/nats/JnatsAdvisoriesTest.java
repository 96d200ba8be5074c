package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.Subscription;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is told of streams and consumers to who listens.
class JnatsAdvisoriesTest {
    private static final String EVENT = "$JS.EVENT.ADVISORY.";

    @TempDir private Path folder;

    @Test
    void who_listens_hears_what_happens_to_streams_and_consumers() throws Exception {
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data"));
                Jnats nats = Jnats.on(broker)) {
            Subscription events = nats.subscribe(EVENT + ">");
            JetStreamManagement streams = nats.client.jetStreamManagement();
            streams.addStream(StreamConfiguration.builder().name("S").subjects("a").build());
            assertTold(events, "STREAM.CREATED.S", "stream_action", "\"action\":\"create\"");
            JetStreamSubscription subscription =
                    nats.client
                            .jetStream()
                            .subscribe(
                                    "a",
                                    PushSubscribeOptions.builder()
                                            .durable("c")
                                            .configuration(
                                                    ConsumerConfiguration.builder()
                                                            .ackWait(Duration.ofSeconds(30))
                                                            .maxDeliver(1)
                                                            .build())
                                            .build());
            assertTold(events, "CONSUMER.CREATED.S.c", "consumer_action", "\"consumer\":\"c\"");

            nats.publish("a", "x");
            Jnats.next(subscription).nak();
            assertTold(events, "CONSUMER.MSG_NAKED.S.c", "nak", "\"stream_seq\":1");
            assertTold(events, "CONSUMER.MAX_DELIVERIES.S.c", "max_deliver", "\"deliveries\":1");
            nats.publish("a", "y");
            Jnats.next(subscription).term();
            assertTold(events, "CONSUMER.MSG_TERMINATED.S.c", "terminated", "\"stream_seq\":2");

            streams.deleteConsumer("S", "c");
            assertTold(events, "CONSUMER.DELETED.S.c", "consumer_action", "\"action\":\"delete\"");
            streams.deleteStream("S");
            assertTold(events, "STREAM.DELETED.S", "stream_action", "\"stream\":\"S\"");
        }
    }

    private static void assertTold(Subscription events, String event, String type, String member)
            throws Exception {
        Message next = Jnats.next(events);
        assertThat(next.getSubject()).isEqualTo(EVENT + event);
        assertThat(Jnats.text(next))
                .contains("\"type\":\"io.nats.jetstream.advisory.v1." + type + "\"", member);
    }
}
