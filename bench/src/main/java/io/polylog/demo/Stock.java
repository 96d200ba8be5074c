package io.polylog.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.FetchConsumeOptions;
import io.nats.client.FetchConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.KeyValue;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.OrderedConsumerConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// Knows how much of each product was sold, with NATS' client. It reads the orders from the streams
/// that the topic's partitions are, keeps its counts in a key-value bucket, an entry a partition
/// with how far it has read, and answers requests on `stock.PRODUCT` from it. So each order counts
/// once, whoever dies when. A thread for each partition.
final class Stock {
    static final String SUBJECT = "stock.";
    private static final String BUCKET = "stock";
    private static final int BATCH = 1000;
    private static final int EXPIRES_MS = 1000;
    private static final long RETRY_MS = 100;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Connection nats;
    private final Inbox inbox;
    private final Map<Integer, Counts> counts = new HashMap<>();
    private final Map<Integer, Batch> unsure = new HashMap<>();
    private final List<Thread> readers = new ArrayList<>();
    private volatile boolean closing;

    /// What was sold in a partition, as it is in the bucket.
    ///
    /// @param sequence of the last order that is counted
    /// @param sold units by product
    record Counts(long sequence, Map<String, Integer> sold) {
        static final Counts NONE = new Counts(0, Map.of());
    }

    /// Orders that count once the bucket has gone as far: whoever asked it to may have had no
    /// answer.
    ///
    /// @param last sequence of the last of them
    /// @param numbers theirs
    private record Batch(long last, List<Integer> numbers) {}

    /// Goes on where the bucket says, and answers. Returns when it can be asked.
    ///
    /// @param address host:port of NATS
    Stock(String address, int partitions, Inbox inbox)
            throws IOException, InterruptedException, JetStreamApiException, TimeoutException {
        this.inbox = inbox;
        nats =
                Nats.connect(
                        new Options.Builder()
                                .server("nats://" + address)
                                .maxReconnects(-1)
                                .reconnectWait(Duration.ofMillis(200))
                                .errorListener(new ErrorListener() {})
                                .build());
        nats.keyValueManagement().create(KeyValueConfiguration.builder().name(BUCKET).build());
        for (int partition = 0; partition < partitions; partition++) {
            know(partition, kept(partition));
        }
        nats.createDispatcher(this::answer).subscribe(SUBJECT + "*", "stock");
        nats.flush(Duration.ofSeconds(10));
        for (int partition = 0; partition < partitions; partition++) {
            int each = partition;
            readers.add(
                    Thread.ofPlatform()
                            .name("stock-" + each)
                            .daemon()
                            .start(() -> read(each, Shop.TOPIC + "-" + each)));
        }
    }

    private Counts kept(int partition) throws IOException, JetStreamApiException {
        KeyValueEntry entry = bucket().get(key(partition));
        return entry == null
                ? Counts.NONE
                : JSON.readValue(entry.getValue(), new TypeReference<Counts>() {});
    }

    private KeyValue bucket() throws IOException {
        return nats.keyValue(BUCKET);
    }

    private static String key(int partition) {
        return "partition." + partition;
    }

    private synchronized void know(int partition, Counts now) {
        counts.put(partition, now);
        Batch batch = unsure.remove(partition);
        if (batch != null && batch.last <= now.sequence) {
            batch.numbers.forEach(inbox::done);
        }
    }

    private synchronized void expect(int partition, Batch batch) {
        unsure.put(partition, batch);
    }

    private synchronized Counts known(int partition) {
        return counts.getOrDefault(partition, Counts.NONE);
    }

    private synchronized int sold(String product) {
        return counts.values().stream().mapToInt(each -> each.sold.getOrDefault(product, 0)).sum();
    }

    private void answer(Message request) {
        String product = request.getSubject().substring(SUBJECT.length());
        nats.publish(request.getReplyTo(), Integer.toString(sold(product)).getBytes(UTF_8));
    }

    // Reading ------------------------------------------------------------------------------------

    private void read(int partition, String stream) {
        while (!closing) {
            try {
                know(partition, kept(partition));
                follow(partition, stream);
            } catch (IOException | JetStreamApiException | RuntimeException dead) {
                // The broker is down: what is in the bucket says where to go on.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MS));
            } catch (Exception closed) {
                return;
            }
        }
    }

    @SuppressWarnings("try") // what closes may be interrupted, which ends it all
    private void follow(int partition, String stream) throws Exception {
        OrderedConsumerContext orders =
                nats.getStreamContext(stream)
                        .createOrderedConsumer(
                                new OrderedConsumerConfiguration()
                                        .deliverPolicy(DeliverPolicy.ByStartSequence)
                                        .startSequence(known(partition).sequence + 1));
        FetchConsumeOptions most =
                FetchConsumeOptions.builder().maxMessages(BATCH).expiresIn(EXPIRES_MS).build();
        while (!closing) {
            List<Message> batch = new ArrayList<>();
            try (FetchConsumer fetch = orders.fetch(most)) {
                for (Message next = fetch.nextMessage(); next != null; next = fetch.nextMessage()) {
                    batch.add(next);
                }
            }
            if (!batch.isEmpty()) {
                count(partition, batch);
            }
        }
    }

    /// The counts and how far they go change as one.
    private void count(int partition, List<Message> batch)
            throws IOException, JetStreamApiException {
        Map<String, Integer> sold = new TreeMap<>(known(partition).sold);
        List<Integer> numbers = new ArrayList<>();
        for (Message message : batch) {
            int number = inbox.receive(message.getData(), false);
            if (number >= 0) {
                numbers.add(number);
            }
            for (OrderPlaced.Item item : OrderPlaced.fromJson(message.getData()).items()) {
                sold.merge(item.productId(), item.quantity(), Integer::sum);
            }
        }
        Counts now = new Counts(batch.getLast().metaData().streamSequence(), sold);
        expect(partition, new Batch(now.sequence, numbers));
        bucket().put(key(partition), JSON.writeValueAsBytes(now));
        know(partition, now);
    }

    /// Ends when nothing is read any more.
    void leave() throws InterruptedException {
        closing = true;
        for (Thread reader : readers) {
            reader.join();
        }
        nats.close();
    }
}
