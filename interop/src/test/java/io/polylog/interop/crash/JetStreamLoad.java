package io.polylog.interop.crash;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// JetStream with NATS' Java client: a publisher that never sends anything twice, and a durable
/// consumer that acknowledges each. What was answered with a sequence must arrive; a second arrival
/// must be counted as one.
@SuppressWarnings("try") // an interrupt ends a thread, or fails the test
final class JetStreamLoad implements Load {
    private static final int PRODUCER = 0;
    private static final int MESSAGE_BYTES = 512;
    private static final int AT_ONCE = 50;
    private static final long PATIENCE_MS = 5_000;
    private static final String CONSUMER = "consumer";

    private final String address;
    private final String stream;
    private final long run;
    private final Ledger ledger = new Ledger(Repeats.FLAGGED);
    private final Thread publishing;
    private final Thread consuming;
    private long sequence;
    private volatile boolean finishing;
    private volatile boolean closing;

    JetStreamLoad(String address, String stream, long run) throws Exception {
        this.address = address;
        this.stream = stream;
        this.run = run;
        try (Connection client = connect()) {
            client.jetStreamManagement()
                    .addStream(
                            StreamConfiguration.builder()
                                    .name(stream)
                                    .subjects(stream + ".*")
                                    .build());
            client.getStreamContext(stream)
                    .createOrUpdateConsumer(
                            ConsumerConfiguration.builder()
                                    .durable(CONSUMER)
                                    .ackPolicy(AckPolicy.Explicit)
                                    .ackWait(Duration.ofSeconds(5))
                                    .build());
        }
        consuming = Thread.ofPlatform().name("jetstream-consume").daemon().start(this::consume);
        publishing = Thread.ofPlatform().name("jetstream-publish").daemon().start(this::publish);
    }

    private Connection connect() throws IOException, InterruptedException {
        return Nats.connect(
                new Options.Builder().server("nats://" + address).noReconnect().build());
    }

    @Override
    public long accepted() {
        return ledger.accepted();
    }

    @Override
    public List<String> finish(Duration patience) throws Exception {
        finishing = true;
        publishing.join();
        Waiting.until(patience, () -> ledger.owed() == 0);
        List<String> wrong = new ArrayList<>();
        ledger.verdict().forEach(what -> wrong.add("stream " + stream + ", " + what));
        return wrong;
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
        consuming.interrupt();
    }

    private void publish() {
        while (!finishing) {
            try (Connection client = connect()) {
                while (!finishing) {
                    if (Waiting.isAhead(ledger)) {
                        Waiting.aMoment();
                    } else {
                        send(client);
                    }
                }
            } catch (IOException
                    | ExecutionException
                    | TimeoutException
                    | IllegalStateException crash) {
                Waiting.aMoment(); // then connect again
            } catch (InterruptedException over) {
                return;
            }
        }
    }

    /// Sends some messages and takes their answers.
    private void send(Connection client)
            throws IOException, ExecutionException, TimeoutException, InterruptedException {
        List<CompletableFuture<PublishAck>> sent = new ArrayList<>();
        long first = sequence;
        for (int i = 0; i < AT_ONCE; i++) {
            long now = sequence++;
            ledger.attempted(PRODUCER, now);
            byte[] message = new Proof(run, PRODUCER, now, stream).encode(MESSAGE_BYTES);
            sent.add(client.jetStream().publishAsync(stream + ".load", message));
        }
        for (int i = 0; i < AT_ONCE; i++) {
            sent.get(i).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            ledger.accepted(PRODUCER, first + i);
        }
    }

    private void consume() {
        while (!closing) {
            try (Connection client = connect()) {
                ConsumerContext consumer = client.getConsumerContext(stream, CONSUMER);
                while (!closing && client.getStatus() == Connection.Status.CONNECTED) {
                    fetch(consumer);
                }
            } catch (IOException
                    | JetStreamApiException
                    | JetStreamStatusCheckedException
                    | IllegalStateException crash) {
                Waiting.aMoment(); // then connect again
            } catch (InterruptedException over) {
                return;
            }
        }
    }

    private void fetch(ConsumerContext consumer)
            throws IOException,
                    JetStreamApiException,
                    JetStreamStatusCheckedException,
                    InterruptedException {
        FetchConsumeOptions some =
                FetchConsumeOptions.builder().maxMessages(200).expiresIn(1000).build();
        FetchConsumer fetch = consumer.fetch(some);
        Message next = fetch.nextMessage();
        while (next != null) {
            take(next);
            next = fetch.nextMessage();
        }
        fetch.stop();
    }

    private void take(Message message) {
        try {
            Proof proof = Proof.decode(message.getData(), run, stream);
            boolean again = message.metaData().deliveredCount() > 1;
            ledger.arrived(proof.producer(), proof.sequence(), again);
        } catch (Forged forged) {
            ledger.forged(forged);
        }
        message.ack();
    }
}
