package io.polylog.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Runs one load. With a rate, each message has a moment at which it is due, whatever the broker
/// does: a broker that stalls makes the messages due meanwhile late, and that shows. Without a
/// rate, as many are on the way as the window allows.
final class Load {
    private static final int MOST_UNDELIVERED = 20_000;
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration DRAIN = Duration.ofSeconds(20);

    private final LoadSpec spec;
    private final Driver driver;
    private final String name;
    private final Figures figures;
    private final Duration drain;
    private final long endNanos;

    Load(LoadSpec spec, Driver driver) {
        this(spec, driver, CONNECT, DRAIN);
    }

    /// As the other one, for clients that need less time.
    ///
    /// @param connect until the warm-up begins
    /// @param drain how long to wait for what is owed when all is sent
    Load(LoadSpec spec, Driver driver, Duration connect, Duration drain) {
        this.spec = spec;
        this.driver = driver;
        this.drain = drain;
        long run = ThreadLocalRandom.current().nextLong();
        name = "bench-" + Long.toHexString(run);
        long startNanos = System.nanoTime() + connect.toNanos();
        long fromNanos = startNanos + TimeUnit.SECONDS.toNanos(spec.warmupSeconds());
        endNanos = fromNanos + TimeUnit.SECONDS.toNanos(spec.seconds());
        figures = new Figures(run, fromNanos, endNanos);
    }

    /// Measures the broker's CPU time too.
    Load watching(long brokerPid) {
        figures.watch(brokerPid);
        return this;
    }

    /// Runs it to its end.
    Figures run() throws Exception {
        if (!driver.isOrdered(spec.clients())) {
            figures.inAnyOrder();
        }
        driver.prepare(name, spec.clients());
        for (int client = 0; client < spec.clients() && spec.mode().consumes(); client++) {
            driver.consume(client, figures::arrived);
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(spec.clients())) {
            List<Future<Void>> publishers = new ArrayList<>();
            for (int client = 0; client < spec.clients(); client++) {
                publishers.add(threads.submit(publishing(client)));
            }
            for (Future<Void> publisher : publishers) {
                publisher.get();
            }
        }
        drain();
        return figures;
    }

    private Callable<Void> publishing(int client) {
        return () -> {
            boolean paced = spec.rate() > 0;
            boolean eager = paced || spec.window() == 1;
            try (Driver.Publisher publisher = driver.publisher(client, eager)) {
                if (paced) {
                    publishOnTime(client, publisher);
                } else {
                    publishAtFullSpeed(client, publisher);
                }
            }
            return null;
        };
    }

    private void publishOnTime(int client, Driver.Publisher publisher) throws Exception {
        byte[] template = new byte[spec.sizeBytes()];
        double gapNanos = 1e9 * spec.clients() / spec.rate();
        long startNanos = System.nanoTime();
        for (long sequence = 0; ; sequence++) {
            long due = startNanos + (long) (sequence * gapNanos);
            if (due - endNanos >= 0) {
                break;
            }
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            send(publisher, new Stamp(figures.run(), client, sequence, due), template, () -> {});
        }
        publisher.flush();
    }

    private void publishAtFullSpeed(int client, Driver.Publisher publisher) throws Exception {
        byte[] template = new byte[spec.sizeBytes()];
        Semaphore room = new Semaphore(spec.window());
        for (long sequence = 0; System.nanoTime() - endNanos < 0; sequence++) {
            while (!room.tryAcquire(50, TimeUnit.MILLISECONDS)) {
                publisher.flush();
            }
            waitForConsumers(sequence);
            Stamp stamp = new Stamp(figures.run(), client, sequence, System.nanoTime());
            send(publisher, stamp, template, room::release);
        }
        publisher.flush();
        room.tryAcquire(spec.window(), drain.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void send(Driver.Publisher publisher, Stamp stamp, byte[] template, Runnable answered)
            throws Exception {
        figures.ledger.attempted(stamp.client(), stamp.sequence());
        publisher.send(
                stamp.onto(template),
                accepted -> {
                    figures.answered(stamp, accepted);
                    answered.run();
                });
    }

    /// A publisher that runs away from its consumers would measure the length of a queue.
    private void waitForConsumers(long sequence) {
        if (!spec.mode().consumes() || sequence % 256 != 0) {
            return;
        }
        while (figures.ledger.attempted() - figures.ledger.arrived() > MOST_UNDELIVERED
                && System.nanoTime() - endNanos < 0) {
            LockSupport.parkNanos(200_000);
        }
    }

    private void drain() {
        long deadline = System.nanoTime() + drain.toNanos();
        while (spec.mode().consumes()
                && figures.ledger.owed() > 0
                && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(5_000_000);
        }
    }
}
