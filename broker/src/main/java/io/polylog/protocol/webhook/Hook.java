package io.polylog.protocol.webhook;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.security.Principal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One webhook at work: a consumer whose deliveries are posted, and settled by what is answered.
/// What waits for its turn here is leased as any delivery is. On its loop.
final class Hook implements DeliveryListener {
    private static final Logger log = LoggerFactory.getLogger(Hook.class);

    /// What is taken ahead of the requests under way.
    private static final long MOST_WAITING_BYTES = 4 << 20;

    private static final long FIRST_RETRY_MS = 250;
    private static final long MOST_RETRY_MS = 10_000;
    private static final int JITTER_PARTS = 10;

    private final Tools tools;
    private final EventExecutor loop;
    private final Definition webhook;
    private final HookCounts counts;
    private final BiConsumer<Hook, String> gone;
    private final Poster poster;
    private final Pace pace;
    private final DeliveredMessages messages;
    private final Deque<Letter> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean stopped;
    private boolean ended;
    private final CompletableFuture<@Nullable Void> quiet = new CompletableFuture<>();
    private long retryMs = FIRST_RETRY_MS;
    private @Nullable Session session;
    private @Nullable Consumer consumer;
    private @Nullable Future<?> wake;
    private long wakeNanos;
    private volatile String trouble = "";

    /// @param gone told when the receiver says that it is gone, with what it said
    Hook(
            Tools tools,
            EventExecutor loop,
            Definition webhook,
            HookCounts counts,
            BiConsumer<Hook, String> gone) {
        this.tools = tools;
        this.loop = loop;
        this.webhook = webhook;
        this.counts = counts;
        this.gone = gone;
        poster = new Poster(tools, loop, webhook);
        messages = new DeliveredMessages(tools.codecs());
        Definition.Terms terms = webhook.terms();
        pace =
                new Pace(
                        terms.concurrency(),
                        terms.ratePerSecond(),
                        tools.nanos().getAsLong(),
                        tools.random());
    }

    Definition webhook() {
        return webhook;
    }

    EventExecutor loop() {
        return loop;
    }

    /// Why it does not send, or "". Any thread.
    String trouble() {
        return trouble;
    }

    // Beginning and ending --------------------------------------------------------------------

    void begin() {
        if (ended) {
            return;
        }
        Session own = tools.broker().session(new Principal(webhook.owner()), Mailbox.of(loop));
        session = own;
        consume(own)
                .whenComplete((made, refused) -> {
                    if (refused != null) {
                        again(BrokerException.reason(refused));
                    } else if (!ended) {
                        consumer = made;
                        trouble = "";
                        retryMs = FIRST_RETRY_MS;
                    }
                });
    }

    private CompletionStage<Consumer> consume(Session own) {
        int credit = 2 * webhook.terms().concurrency();
        ConsumeSpec spec =
                new ConsumeSpec(
                        webhook.subscription(),
                        false,
                        false,
                        0,
                        credit,
                        webhook.source().from().start(),
                        null);
        try {
            return own.consume(spec, this);
        } catch (BrokerException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    /// Its queue is not there, or it may not read it: that may change.
    private void again(Throwable why) {
        release();
        if (!ended) {
            trouble = String.valueOf(why.getMessage());
            loop.schedule(this::begin, retryMs, TimeUnit.MILLISECONDS);
            retryMs = Math.min(MOST_RETRY_MS, 2 * retryMs);
        }
    }

    /// Ends for good: what is under way comes back to the queue.
    void end() {
        ended = true;
        poster.close();
        if (wake != null) {
            wake.cancel(false);
        }
        release();
    }

    /// Begins nothing more, and leaves what it has to the next start of the broker. Completes when
    /// no request is under way.
    CompletionStage<@Nullable Void> halt() {
        ended = true;
        if (poster.underWay() == 0) {
            quiet.complete(null);
        }
        return quiet;
    }

    private void release() {
        Session own = session;
        session = null;
        consumer = null;
        waiting.clear();
        waitingBytes = 0;
        stopped = false;
        if (own != null) {
            own.close("its webhook stopped");
        }
    }

    // What is delivered -----------------------------------------------------------------------

    @Override
    public long ackTimeoutMs() {
        return Long.MAX_VALUE;
    }

    @Override
    public boolean deliver(Delivery delivery) {
        try {
            Letter letter = poster.writer().letter(delivery, messages.message(delivery));
            waiting.addLast(letter);
            waitingBytes += letter.size();
        } catch (IllegalArgumentException unreadable) {
            settle(delivery, Settlement.REJECT.because("it cannot be read: " + unreadable));
        }
        stopped = waitingBytes > MOST_WAITING_BYTES;
        return !stopped;
    }

    @Override
    public void paused() {
        send();
    }

    @Override
    public void cancelled() {
        again(new IllegalStateException("its queue or topic is gone"));
    }

    @Override
    public void failed(BrokerException why) {
        again(why);
    }

    // Sending ---------------------------------------------------------------------------------

    private void send() {
        while (!ended && !waiting.isEmpty()) {
            long waitNanos = pace.take(poster.underWay(), tools.nanos().getAsLong());
            if (waitNanos > 0) {
                wakeIn(waitNanos);
                return;
            }
            Letter letter = waiting.removeFirst();
            waitingBytes -= letter.size();
            Session of = session;
            long startNanos = tools.nanos().getAsLong();
            poster.post(
                    letter,
                    outcome -> {
                        if (of != null && of.equals(session)) {
                            counts.took(tools.nanos().getAsLong() - startNanos);
                            sent(letter, outcome);
                            send();
                        }
                        if (ended && poster.underWay() == 0) {
                            quiet.complete(null);
                        }
                    });
            if (stopped && waitingBytes <= MOST_WAITING_BYTES && consumer != null) {
                stopped = false;
                consumer.resume();
            }
        }
    }

    /// Looks again then, or sooner.
    private void wakeIn(long nanos) {
        if (nanos == Long.MAX_VALUE) {
            return;
        }
        long at = tools.nanos().getAsLong() + nanos;
        if (wake != null && !wake.isDone()) {
            if (at - wakeNanos >= 0) {
                return;
            }
            wake.cancel(false);
        }
        wakeNanos = at;
        wake = loop.schedule(this::send, nanos, TimeUnit.NANOSECONDS);
    }

    /// Sends something that is no message, whatever the pace.
    CompletionStage<Outcome> test(String id, byte[] body) {
        CompletableFuture<Outcome> done = new CompletableFuture<>();
        poster.post(poster.writer().test(id, body), done::complete);
        return done;
    }

    private void sent(Letter letter, Outcome outcome) {
        Delivery delivery = letter.delivery;
        if (delivery == null) {
            return;
        }
        long now = tools.nanos().getAsLong();
        counts.ended(outcome, tools.wallMs().getAsLong());
        if (outcome.isUnreachable()) {
            pace.unanswered(now);
        } else {
            pace.answered();
        }
        if (outcome instanceof Outcome.Answered answered) {
            if (answered.isAccepted()) {
                settle(delivery, Settlement.ACCEPT);
                return;
            }
            if (answered.status() == Outcome.GONE) {
                settle(delivery, Settlement.RELEASE.after(0).because(outcome.told()));
                gone.accept(this, outcome.told());
                return;
            }
            if (answered.asksToWait()) {
                pace.hold(TimeUnit.MILLISECONDS.toNanos(answered.retryAfterMs()), now);
                if (letter.postponed++ < webhook.terms().retryMs().size()) {
                    waiting.addFirst(letter);
                    waitingBytes += letter.size();
                    return;
                }
            }
        }
        failed(delivery, outcome.told());
    }

    private void failed(Delivery delivery, String why) {
        List<Long> delays = webhook.terms().retryMs();
        if (delivery.attempt() >= delays.size()) {
            counts.givenUp();
            settle(delivery, Settlement.GIVE_UP.because(why));
        } else {
            long delayMs = jittered(delays.get(delivery.attempt()));
            settle(delivery, Settlement.RELEASE.after(delayMs).because(why));
        }
    }

    /// Up to a tenth shorter or longer, so that what failed together does not come again together.
    private long jittered(long delayMs) {
        long part = delayMs / JITTER_PARTS;
        return delayMs - part + Math.floorMod(tools.random().getAsLong(), 2 * part + 1);
    }

    private void settle(Delivery delivery, Settlement how) {
        Session own = session;
        if (own != null) {
            own.settle(List.of(delivery), how, false)
                    .whenComplete((_, failed) -> {
                        if (failed != null) {
                            log.debug("webhook {}: not settled", webhook.key(), failed);
                        }
                    });
        }
    }
}
