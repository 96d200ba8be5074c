package io.polylog.broker.proof;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Queues with policies in the simplest way there is: lists of messages, gone through from the
/// front.
final class PolicyModel {
    static final long NEVER = Long.MAX_VALUE;

    /// What a queue does.
    ///
    /// @param messageMs how long a message may wait, or -1
    /// @param maxReady most that wait, or -1
    /// @param maxBytes most bytes that wait, or -1
    /// @param refuses whether what is too much is refused rather than the oldest dropped
    /// @param retries how often one may come back, or -1
    /// @param retryMs after which it is delivered again, for each attempt, or 0
    /// @param wantsAll whether it wants those too that say they are junk
    /// @param dead where dead letters go, or null
    record Rules(
            long messageMs,
            int maxReady,
            int maxBytes,
            boolean refuses,
            int retries,
            long retryMs,
            boolean wantsAll,
            @Nullable String dead) {
        boolean wants(String text) {
            return wantsAll || !text.endsWith(JUNK);
        }
    }

    /// Ends the text of a message that some queues do not want.
    static final String JUNK = "?j=1";

    /// A message in a queue.
    static final class Item {
        final String text;
        final int step;
        final long endMs;
        final List<String> deaths;
        int attempt;
        boolean out;

        /// What was said of it last.
        String error = "";

        /// Until when it is hidden.
        long hiddenMs;

        Item(String text, int step, long endMs, List<String> deaths) {
            this.text = text;
            this.step = step;
            this.endMs = endMs;
            this.deaths = deaths;
        }

        private void say(String more) {
            error = more.isEmpty() ? error : more;
        }

        @Override
        public String toString() {
            return text + "@" + step + (out ? " out" : "") + " from " + hiddenMs;
        }
    }

    private final Map<String, Rules> rules = new LinkedHashMap<>();
    private final Map<String, List<Item>> queues = new LinkedHashMap<>();
    private long clockMs;
    int step;

    void queue(String name, Rules how) {
        rules.put(name, how);
        queues.put(name, new ArrayList<>());
    }

    List<Item> all(String queue) {
        return queues.getOrDefault(queue, List.of());
    }

    List<Item> ready(String queue) {
        return all(queue).stream().filter(i -> !i.out && i.hiddenMs <= clockMs).toList();
    }

    private Rules rulesOf(String queue) {
        return Objects.requireNonNull(rules.get(queue));
    }

    /// Whether a publish is taken; it is in the queue then, or among its dead letters.
    boolean publish(String queue, String text, long nowMs, long delayMs, long timeToLiveMs) {
        Rules how = rulesOf(queue);
        Item item = item(queue, text, nowMs + delayMs, timeToLiveMs, List.of());
        item.hiddenMs = delayMs == 0 ? 0 : nowMs + delayMs;
        if (how.refuses && all(queue).size() >= how.maxReady) {
            die(queue, item, nowMs);
            return false;
        }
        add(queue, item);
        return true;
    }

    private void add(String queue, Item item) {
        if (rulesOf(queue).wants(item.text)) {
            all(queue).add(item);
        }
    }

    private Item item(String queue, String text, long nowMs, long ownMs, List<String> deaths) {
        long messageMs = rulesOf(queue).messageMs;
        long spanMs = messageMs < 0 ? ownMs : ownMs < 0 ? messageMs : Math.min(messageMs, ownMs);
        return new Item(text, step, spanMs < 0 ? NEVER : nowMs + spanMs, deaths);
    }

    void settle(String queue, Item item) {
        all(queue).remove(item);
    }

    void reject(String queue, Item item, String error, long nowMs) {
        item.say(error);
        all(queue).remove(item);
        die(queue, item, nowMs);
    }

    void release(String queue, Item item, String error, long nowMs) {
        item.say(error);
        item.out = false;
        item.attempt++;
        int retries = rulesOf(queue).retries;
        if (retries >= 0 && item.attempt > retries) {
            reject(queue, item, error, nowMs);
        } else if (rulesOf(queue).retryMs > 0) {
            item.hiddenMs = nowMs + rulesOf(queue).retryMs * item.attempt;
        }
    }

    /// Nobody holds anything any more.
    void crash() {
        queues.values().forEach(items -> items.forEach(item -> item.out = false));
    }

    private void die(String queue, Item item, long nowMs) {
        String dead = rulesOf(queue).dead;
        if (dead != null) {
            List<String> deaths = new ArrayList<>(item.deaths);
            deaths.addFirst(queue + " " + item.error);
            add(dead, item(dead, item.text, nowMs, -1, deaths));
        }
    }

    /// Something that happens by itself.
    ///
    /// @param item what leaves, or null where one is shown
    private record Event(long atMs, String queue, @Nullable Item item) {}

    /// What happens by itself until a time, in order.
    void settleDown(long nowMs) {
        Event next = next(nowMs);
        while (next != null) {
            clockMs = next.atMs;
            if (next.item != null) {
                all(next.queue).remove(next.item);
                die(next.queue, next.item, next.atMs);
            }
            next = next(nowMs);
        }
        clockMs = nowMs;
    }

    private @Nullable Event next(long nowMs) {
        return rules.keySet().stream()
                .flatMap(queue -> Stream.concat(shows(queue), next(queue).stream()))
                .filter(event -> event.atMs <= nowMs)
                .min(Comparator.comparingLong(Event::atMs))
                .orElse(null);
    }

    private static int bytes(List<Item> items) {
        return items.stream().mapToInt(item -> item.text.length()).sum();
    }

    private Stream<Event> shows(String queue) {
        return all(queue).stream()
                .filter(item -> item.hiddenMs > clockMs)
                .map(item -> new Event(item.hiddenMs, queue, null));
    }

    /// What is to leave a queue first: it is too much, or it will have expired at the head.
    private Optional<Event> next(String queue) {
        List<Item> ready = ready(queue);
        Rules how = rulesOf(queue);
        if (ready.isEmpty()) {
            return Optional.empty();
        }
        Item head = ready.getFirst();
        boolean tooMuch = !how.refuses && how.maxReady >= 0 && ready.size() > how.maxReady;
        tooMuch |= how.maxBytes >= 0 && bytes(ready) > how.maxBytes;
        return Optional.of(
                new Event(tooMuch ? clockMs : Math.max(clockMs, head.endMs), queue, head));
    }

    /// The one that a taker may get: the first that has not expired, or one that came with it.
    boolean mayTake(String queue, Item item, long nowMs) {
        Item first =
                ready(queue).stream()
                        .filter(each -> each.endMs > nowMs)
                        .min(Comparator.comparingInt(each -> each.step))
                        .orElseThrow();
        return first.step == item.step && item.endMs > nowMs;
    }

    /// Whether something ends so near to now that nobody can tell whether it has.
    boolean isClose(long nowMs, long withinMs) {
        return queues.values().stream()
                .flatMap(List::stream)
                .anyMatch(item ->
                        Math.abs(item.hiddenMs - nowMs) < withinMs
                                || (Math.abs(item.endMs - nowMs) < withinMs
                                        && item.endMs != NEVER));
    }
}
