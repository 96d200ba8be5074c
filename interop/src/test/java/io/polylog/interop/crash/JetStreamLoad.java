package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.ConsumerContext;
import io.nats.client.ErrorListener;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.StreamContext;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// NATS' Java client on JetStream. A publisher whose messages have ids sends what was not answered
/// again after a crash, with the same ids: each must be in the stream once. A durable consumer
/// acknowledges each: what is answered must arrive, a second arrival must be flagged, and what it
/// was told is acknowledged must not come again. A counter is raised by who expects what it read:
/// no step may be missing or taken twice. Batches are there whole, or not at all where they were
/// not ended.
@SuppressWarnings("try") // closing what is the client's may be interrupted
final class JetStreamLoad implements Load {
    private static final int PRODUCER = 0;
    private static final int MESSAGE_BYTES = 512;
    private static final int AT_ONCE = 100;
    private static final int TOLD_EVERY = 10;
    private static final int MOST_OF_BATCH = 12;
    private static final int ABANDONED_EVERY = 7;

    /// A crash is no news here.
    private static final ErrorListener QUIET = new ErrorListener() {};

    private static final Duration ACK_WAIT = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final String address;
    private final String stream;
    private final String count;
    private final String batches;
    private final long run;
    private final JetStreamLedger ledger = new JetStreamLedger();
    private final Thread publishing;
    private final Thread consuming;
    private final Thread counting;
    private final Thread batching;
    private volatile boolean finishing;
    private volatile boolean closing;
    private long sequence;
    private long newestBatch;

    /// Sent, and not answered: whether it is stored nobody knows.
    private final TreeMap<Long, byte[]> unanswered = new TreeMap<>();

    JetStreamLoad(String address, String name, long run) throws Exception {
        this.address = address;
        this.run = run;
        stream = name;
        count = name + "-count";
        batches = name + "-batches";
        try (Connection client = connect()) {
            for (String each : List.of(stream, count)) {
                client.jetStreamManagement()
                        .addStream(StreamConfiguration.builder().name(each).subjects(each).build());
            }
            client.jetStreamManagement()
                    .addStream(
                            StreamConfiguration.builder()
                                    .name(batches)
                                    .subjects(batches)
                                    .allowAtomicPublish()
                                    .build());
            client.getStreamContext(stream)
                    .createOrUpdateConsumer(
                            ConsumerConfiguration.builder()
                                    .durable("worker")
                                    .ackWait(ACK_WAIT)
                                    .build());
        }
        publishing = begin("publish", this::publish);
        consuming = begin("consume", this::consume);
        counting = begin("count", this::count);
        batching = begin("batch", this::batch);
    }

    /// What a thread does with a connection until that breaks.
    @FunctionalInterface
    private interface Work {
        void on(Connection client) throws Exception;
    }

    private Thread begin(String name, Work work) {
        return Thread.ofPlatform().name("jetstream-" + name).daemon().start(() -> repeat(work));
    }

    private Connection connect() throws IOException, InterruptedException {
        return Nats.connect(
                new Options.Builder()
                        .server("nats://" + address)
                        .connectionTimeout(ANSWER)
                        .noReconnect()
                        .errorListener(QUIET)
                        .build());
    }

    private void repeat(Work work) {
        while (!closing && (!finishing || Thread.currentThread().equals(consuming))) {
            try (Connection client = connect()) {
                work.on(client);
            } catch (Exception crash) {
                Waiting.aMoment(); // then connect again
            }
        }
    }

    @Override
    public long accepted() {
        return ledger.accepted();
    }

    // Publishing ---------------------------------------------------------------------------------

    private void publish(Connection client) throws Exception {
        JetStream stored = client.jetStream();
        send(stored, Map.copyOf(unanswered));
        while (!finishing) {
            if (Waiting.isAhead(ledger.consumed())) {
                Waiting.aMoment();
                continue;
            }
            TreeMap<Long, byte[]> fresh = new TreeMap<>();
            for (int i = 0; i < AT_ONCE; i++) {
                long now = sequence++;
                ledger.attempted(now);
                fresh.put(now, new Proof(run, PRODUCER, now, stream).encode(MESSAGE_BYTES));
            }
            unanswered.putAll(fresh);
            send(stored, fresh);
        }
    }

    private void send(JetStream stored, Map<Long, byte[]> messages) throws Exception {
        Map<Long, CompletableFuture<PublishAck>> answers = new TreeMap<>();
        new TreeMap<>(messages)
                .forEach((number, message) -> {
                    PublishOptions id = PublishOptions.builder().messageId(number + "").build();
                    answers.put(number, stored.publishAsync(stream, message, id));
                });
        for (Map.Entry<Long, CompletableFuture<PublishAck>> each : answers.entrySet()) {
            each.getValue().get(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            ledger.accepted(each.getKey());
            unanswered.remove(each.getKey());
        }
    }

    // Consuming ----------------------------------------------------------------------------------

    private void consume(Connection client) throws Exception {
        ConsumerContext worker = client.getStreamContext(stream).getConsumerContext("worker");
        FetchConsumeOptions some =
                FetchConsumeOptions.builder().maxMessages(AT_ONCE).expiresIn(1_000).build();
        while (!closing) {
            long asked = System.nanoTime();
            try (FetchConsumer fetched = worker.fetch(some)) {
                Message next = fetched.nextMessage();
                while (next != null) {
                    take(next, asked);
                    next = fetched.nextMessage();
                }
            }
        }
    }

    /// @param asked when it was not delivered yet: an acknowledgement that comes later than the
    ///   consumer waits for is answered too, and the message is on its way once more
    private void take(Message message, long asked) throws Exception {
        long number = -1;
        try {
            Proof proof = Proof.decode(message.getData(), run, stream);
            number = proof.sequence();
            boolean again = message.metaData().deliveredCount() > 1;
            ledger.arrived(number, again);
        } catch (Forged forged) {
            ledger.forged(forged);
        }
        if (number % TOLD_EVERY == 0) {
            message.ackSync(ANSWER);
            if (System.nanoTime() - asked < ACK_WAIT.toNanos() / 2) {
                ledger.settled(number);
            }
        } else {
            message.ack();
        }
    }

    // Counting -----------------------------------------------------------------------------------

    private void count(Connection client) throws Exception {
        JetStream stored = client.jetStream();
        StreamContext counts = client.getStreamContext(count);
        long[] last = {0, 0};
        if (counts.getStreamInfo().getStreamState().getLastSequence() > 0) {
            var newest = counts.getLastMessage(count);
            last = new long[] {newest.getSeq(), number(newest.getData())};
        }
        while (!finishing) {
            PublishOptions expected =
                    PublishOptions.builder().expectedLastSubjectSequence(last[0]).build();
            byte[] next = Long.toString(last[1] + 1).getBytes(UTF_8);
            try {
                last = new long[] {stored.publish(count, next, expected).getSeqno(), last[1] + 1};
            } catch (JetStreamApiException refused) {
                ledger.surprise("the counter, which nobody else raises: " + refused.getMessage());
                return;
            }
            ledger.counted(last[1]);
            Waiting.aMoment();
        }
    }

    private static long number(byte[] text) {
        return Long.parseLong(new String(text, UTF_8));
    }

    // Batches ------------------------------------------------------------------------------------

    private void batch(Connection client) throws Exception {
        while (!finishing) {
            long number = newestBatch++;
            int size = (int) (number % MOST_OF_BATCH) + 1;
            boolean ends = number % ABANDONED_EVERY != 0;
            ledger.batchBegun(number, ends ? size : 0);
            for (int place = 0; place < size - 1; place++) {
                client.publish(batches, ofBatch(number, place + 1), body(number, place));
            }
            Headers last = ofBatch(number, ends ? size : size + 1).add("Nats-Batch-Commit", "1");
            Message answer = client.request(batches, last, body(number, size - 1), ANSWER);
            if (answer == null) {
                return;
            }
            String told = new String(answer.getData(), UTF_8);
            if (!told.contains(ends ? "\"count\":" + size + "}" : "\"err_code\":10176")) {
                ledger.surprise("batch " + number + ": " + told);
            } else if (ends) {
                ledger.batchAccepted(number);
            }
        }
    }

    private Headers ofBatch(long number, int place) {
        return new Headers()
                .add("Nats-Batch-Id", run + "-" + number)
                .add("Nats-Batch-Sequence", String.valueOf(place));
    }

    private static byte[] body(long number, int place) {
        return (number + " " + place).getBytes(UTF_8);
    }

    // The end ------------------------------------------------------------------------------------

    @Override
    public List<String> finish(Duration patience) throws Exception {
        finishing = true;
        publishing.join();
        counting.join();
        batching.join();
        Waiting.until(patience, () -> ledger.consumed().owed() == 0);
        try (Connection client = connect()) {
            read(client, stream, this::kept);
            read(client, count, message -> ledger.step(number(message)));
            read(client, batches, this::batchKept);
        }
        return ledger.verdict();
    }

    private static void read(Connection client, String name, Consumer<byte[]> each)
            throws Exception {
        StreamContext context = client.getStreamContext(name);
        long end = context.getStreamInfo().getStreamState().getLastSequence();
        try (IterableConsumer all =
                context.createOrderedConsumer(new OrderedConsumerConfiguration()).iterate()) {
            for (long at = 0; at < end; ) {
                Message next = all.nextMessage(ANSWER);
                if (next == null) {
                    throw new IOException(name + " ends at " + at + ", not at " + end);
                }
                at = next.metaData().streamSequence();
                each.accept(next.getData());
            }
        }
    }

    private void kept(byte[] message) {
        try {
            ledger.kept(Proof.decode(message, run, stream).sequence());
        } catch (Forged forged) {
            ledger.forged(forged);
        }
    }

    private void batchKept(byte[] message) {
        String[] of = new String(message, UTF_8).split(" ", 2);
        ledger.batchKept(Long.parseLong(of[0]), Integer.parseInt(of[1]));
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
        consuming.interrupt();
    }
}
