package io.polylog.demo;

import io.polylog.harness.BrokerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What the demo prints: a line for each thing that happens, with the seconds since the start, and
/// the table at the end. One thread.
final class Report {
    private final long started = System.nanoTime();
    private final List<String> wrong = new ArrayList<>();

    /// Says what happens now.
    void say(String text) {
        System.out.printf(Locale.ROOT, "%6.1f s  %s%n", seconds(), text);
    }

    double seconds() {
        return (System.nanoTime() - started) / 1e9;
    }

    /// Notes something that must not be.
    void require(boolean kept, String promise) {
        if (!kept) {
            wrong.add(promise);
        }
    }

    void head() {
        System.out.printf(
                "%n%-10s %-24s %9s %9s %12s %9s %6s %9s%n",
                "who", "over", "owed", "arrived", "redelivered", "repeated", "lost", "invented");
    }

    /// One line of the table, judged.
    void row(String who, String over, Inbox inbox) {
        long owed = inbox.owed();
        long repeated = inbox.deliveries() - inbox.invented() - inbox.redelivered();
        System.out.printf(
                Locale.ROOT,
                "%-10s %-24s %,9d %,9d %,12d %,9d %,6d %,9d%n",
                who,
                over,
                owed,
                inbox.arrived(),
                inbox.redelivered(),
                Math.max(0, repeated - inbox.arrived()),
                inbox.lost(),
                inbox.invented());
        require(inbox.lost() == 0, who + " did not get every accepted order");
        require(inbox.invented() == 0, who + " got orders that checkout never sent");
    }

    void cost(BrokerProcess broker, Shop shop) {
        Duration cpu = broker.cpuTime();
        System.out.printf(
                Locale.ROOT,
                "%nbroker: %.1f s of CPU (%.0f us an order placed, five times delivered and more),"
                        + " %d MiB resident, all in %.1f s%n",
                cpu.toMillis() / 1000.0,
                cpu.toNanos() / 1e3 / Math.max(1, shop.acceptedCount()),
                broker.residentBytes() >> 20,
                seconds());
    }

    /// The verdict: the exit code.
    int verdict() {
        wrong.forEach(what -> System.out.println("BROKEN: " + what));
        System.out.println(
                wrong.isEmpty()
                        ? "Nothing was lost and nothing was invented."
                        : "The broker broke its promises.");
        return wrong.isEmpty() ? 0 : 1;
    }
}
