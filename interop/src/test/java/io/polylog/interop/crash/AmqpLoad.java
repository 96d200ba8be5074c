package io.polylog.interop.crash;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.ShutdownSignalException;
import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// RabbitMQ's Java client on a durable queue: a publisher with confirms that never sends anything
/// twice, and a consumer that acknowledges each message. What was confirmed must arrive; a second
/// arrival must be flagged; in the end the queue is empty.
///
/// Connections are made anew after a crash rather than recovered by the client, so that a confirm
/// belongs to one connection beyond doubt.
final class AmqpLoad implements Load {
    private static final int PRODUCER = 0;
    private static final int MESSAGE_BYTES = 512;
    private static final int MOST_UNCONFIRMED = 2_000;
    private static final int PREFETCH = 300;

    private final String queue;
    private final int port;
    private final long run;
    private final Ledger ledger = new Ledger(Repeats.FLAGGED);
    private final Thread publishing;
    private final Thread consuming;
    private long sequence;
    private volatile boolean finishing;
    private volatile boolean closing;

    AmqpLoad(int port, String queue, long run) throws IOException, TimeoutException {
        this.port = port;
        this.queue = queue;
        this.run = run;
        try (Connection connection = connect();
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(queue, true, false, false, null);
        }
        publishing = Thread.ofPlatform().name("amqp-publish").daemon().start(this::publish);
        consuming = Thread.ofPlatform().name("amqp-consume").daemon().start(this::consume);
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
        closing = true;
        consuming.join();
        List<String> wrong = new ArrayList<>();
        ledger.verdict().forEach(what -> wrong.add("amqp queue, " + what));
        if (!isEmpty()) {
            wrong.add("amqp queue, settled messages came back");
        }
        return wrong;
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
    }

    private void publish() {
        while (!finishing) {
            try (Connection connection = connect();
                    Channel channel = connection.createChannel()) {
                new Publisher(channel).run();
            } catch (IOException | TimeoutException | ShutdownSignalException crash) {
                Waiting.aMoment(); // then connect again
            }
        }
    }

    private void consume() {
        while (!closing) {
            try (Connection connection = connect();
                    Channel channel = connection.createChannel()) {
                CountDownLatch gone = new CountDownLatch(1);
                connection.addShutdownListener(_ -> gone.countDown());
                channel.basicQos(PREFETCH);
                channel.basicConsume(queue, false, new Taker(channel));
                while (!closing && gone.getCount() > 0) {
                    Waiting.aMoment();
                }
            } catch (IOException | TimeoutException | ShutdownSignalException crash) {
                Waiting.aMoment(); // then connect again
            }
        }
    }

    private boolean isEmpty() throws IOException, TimeoutException {
        try (Connection connection = connect();
                Channel channel = connection.createChannel()) {
            return channel.basicGet(queue, false) == null;
        }
    }

    private Connection connect() throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.setAutomaticRecoveryEnabled(false);
        factory.setShutdownTimeout(1_000);
        return factory.newConnection();
    }

    /// The publisher of one connection.
    private final class Publisher {
        private final Channel channel;
        private final Semaphore room = new Semaphore(MOST_UNCONFIRMED);
        private final ConcurrentNavigableMap<Long, Long> unconfirmed =
                new ConcurrentSkipListMap<>();

        Publisher(Channel channel) throws IOException {
            this.channel = channel;
            channel.confirmSelect();
            channel.addConfirmListener(this::confirmed, (tag, multiple) -> take(tag, multiple));
        }

        void run() throws IOException {
            while (!finishing && channel.isOpen()) {
                if (Waiting.isAhead(ledger)) {
                    Waiting.aMoment();
                } else if (tryRoom()) {
                    send();
                }
            }
            while (!unconfirmed.isEmpty() && channel.isOpen()) {
                Waiting.aMoment();
            }
        }

        private boolean tryRoom() {
            try {
                return room.tryAcquire(20, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void send() throws IOException {
            long now = sequence++;
            ledger.attempted(PRODUCER, now);
            unconfirmed.put(channel.getNextPublishSeqNo(), now);
            byte[] message = new Proof(run, PRODUCER, now, queue).encode(MESSAGE_BYTES);
            channel.basicPublish("", queue, MessageProperties.PERSISTENT_BASIC, message);
        }

        private void confirmed(long tag, boolean multiple) {
            take(tag, multiple).forEach(accepted -> ledger.accepted(PRODUCER, accepted));
        }

        /// What an answer is about.
        private List<Long> take(long tag, boolean multiple) {
            var answered =
                    multiple
                            ? unconfirmed.headMap(tag, true)
                            : unconfirmed.subMap(tag, true, tag, true);
            List<Long> sequences = new ArrayList<>(answered.values());
            answered.clear();
            room.release(sequences.size());
            return sequences;
        }
    }

    /// The consumer of one connection.
    private final class Taker extends DefaultConsumer {
        Taker(Channel channel) {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            try {
                Proof proof = Proof.decode(body, run, queue);
                ledger.arrived(proof.producer(), proof.sequence(), envelope.isRedeliver());
            } catch (Forged forged) {
                ledger.forged(forged);
            }
            getChannel().basicAck(envelope.getDeliveryTag(), false);
        }
    }
}
