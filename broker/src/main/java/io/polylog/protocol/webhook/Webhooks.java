package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.http.StrictJson;
import io.polylog.message.TopicName;
import io.polylog.metrics.Metrics;
import io.polylog.protocol.webhook.Definition.Source;
import io.polylog.protocol.webhook.Definition.State;
import io.polylog.protocol.webhook.Definition.Terms;
import io.polylog.security.Operation;
import io.polylog.security.Permissions;
import io.polylog.security.Principal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All webhooks of a broker: kept, at work, and what operators do with them. Any thread; stages
/// complete on the home loop, with what is shown as JSON, and fail with [BrokerException] or, where
/// what was said makes no sense, IllegalArgumentException.
public final class Webhooks implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Webhooks.class);
    private static final int MOST_NAME_BYTES = 128;
    private static final int MOST_WEBHOOKS = 1000;
    private static final int MOST_TEST_BYTES = 64 << 10;
    private static final long GRACE_MS = 2_000;

    private final Seams seams;
    private final EventExecutor home;
    private final HookStore store;

    // On the home loop.
    private final Map<HookName, Definition> definitions = new LinkedHashMap<>();
    private final Map<HookName, Hook> hooks = new HashMap<>();
    private final Map<HookName, HookCounts> counts = new HashMap<>();

    /// What they need from others.
    ///
    /// @param tools what all webhooks share
    /// @param permissions what somebody may do with a topic
    /// @param home a loop for what belongs to none of them
    /// @param loops gives each webhook its loop
    /// @param slow runs what blocks
    /// @param metrics where they count
    public record Seams(
            Tools tools,
            Permissions permissions,
            EventExecutor home,
            Supplier<EventExecutor> loops,
            Executor slow,
            Metrics metrics) {}

    private Webhooks(Seams seams) {
        this.seams = seams;
        home = seams.home();
        store = new HookStore(seams.tools().broker(), seams.slow());
    }

    /// Brings back what is kept, and begins. Blocks.
    public static Webhooks open(Seams seams) {
        Webhooks all = new Webhooks(seams);
        Map<HookName, Definition> kept = all.store.load();
        all.home.execute(() -> kept.values().forEach(all::set));
        return all;
    }

    // What operators do -----------------------------------------------------------------------

    /// All of a namespace that somebody may read from.
    public CompletionStage<List<Map<String, Object>>> list(Principal who, String namespace) {
        return ask(() ->
                CompletableFuture.completedFuture(
                        definitions.values().stream()
                                .filter(each -> each.key().namespace().equals(namespace))
                                .filter(each -> may(who, Operation.READ, each))
                                .map(this::shown)
                                .toList()));
    }

    /// One, with how much waits for it.
    public CompletionStage<Map<String, Object>> get(Principal who, String namespace, String name) {
        return ask(() -> {
            Definition webhook = find(who, Operation.READ, namespace, name);
            return withWaiting(webhook, shown(webhook));
        });
    }

    /// What making or changing one gives.
    ///
    /// @param made whether it was not there
    /// @param shown what it is; with its secret where that was made here, which is never shown
    ///   again
    public record Put(boolean made, Map<String, Object> shown) {}

    /// Makes one, or changes it: what is left out has its default, but for its secrets, which stay.
    /// It is paused or disabled as it was.
    ///
    /// @param body JSON, as `docs/webhooks.md` has it
    public CompletionStage<Put> put(Principal who, String namespace, String name, byte[] body) {
        return ask(() -> {
            Asked asked = StrictJson.asked(body, Asked.class, "see docs/webhooks.md");
            HookName key = new HookName(namespace, checkedName(name));
            Definition before = definitions.get(key);
            List<String> secrets = before == null ? List.of(newSecret()) : before.secrets();
            Definition said = asked.definition(key, who.name(), secrets, seams.tools().guard());
            Definition next = before == null ? said : said.with(before.state());
            if (before != null) {
                require(who, Operation.CONFIGURE, before);
            } else if (definitions.size() >= MOST_WEBHOOKS) {
                throw new BrokerException(Kind.FULL, "there are " + MOST_WEBHOOKS + " webhooks");
            }
            require(who, Operation.CONFIGURE, next);
            require(who, Operation.READ, next);
            checkSource(next);
            return keep(next)
                    .thenApply(_ -> {
                        Map<String, Object> shown = shown(next);
                        if (before == null && asked.secrets() == null) {
                            shown.put("secret", secrets.getFirst());
                        }
                        return new Put(before == null, shown);
                    });
        });
    }

    /// Removes one, with the subscription that was made for it alone.
    public CompletionStage<Map<String, Object>> delete(
            Principal who, String namespace, String name) {
        return ask(() -> {
            Definition webhook = find(who, Operation.CONFIGURE, namespace, name);
            return store.write(new HookStore.Kept(webhook.key(), null))
                    .thenComposeAsync(
                            _ -> {
                                remove(webhook.key());
                                return forget(webhook);
                            },
                            home)
                    .thenApply(_ -> Map.<String, Object>of("deleted", webhook.key().toString()));
        });
    }

    /// Stops one; its messages wait.
    public CompletionStage<Map<String, Object>> pause(
            Principal who, String namespace, String name) {
        return turn(who, namespace, name, State.PAUSED);
    }

    /// Lets one go on that was paused or disabled.
    public CompletionStage<Map<String, Object>> resume(
            Principal who, String namespace, String name) {
        return turn(who, namespace, name, State.ACTIVE);
    }

    private CompletionStage<Map<String, Object>> turn(
            Principal who, String namespace, String name, State state) {
        return ask(() -> {
            Definition next = find(who, Operation.CONFIGURE, namespace, name).with(state);
            return keep(next).thenApply(_ -> shown(next));
        });
    }

    /// Makes a new secret, and signs with it and with the newest of before, until the next time.
    /// Gives the new one, which is never shown again.
    public CompletionStage<Map<String, Object>> rotate(
            Principal who, String namespace, String name) {
        return ask(() -> {
            Definition webhook = find(who, Operation.CONFIGURE, namespace, name);
            String fresh = newSecret();
            Definition next = webhook.with(List.of(fresh, webhook.secrets().getFirst()));
            return keep(next)
                    .thenApply(_ -> {
                        Map<String, Object> shown = shown(next);
                        shown.put("secret", fresh);
                        return shown;
                    });
        });
    }

    /// Sends something that is no message, and tells what came back. It is signed as any.
    ///
    /// @param body JSON to send, or empty
    public CompletionStage<Map<String, Object>> test(
            Principal who, String namespace, String name, byte[] body) {
        return ask(() -> {
            Definition webhook = find(who, Operation.CONFIGURE, namespace, name);
            if (body.length > MOST_TEST_BYTES) {
                throw new IllegalArgumentException("a test has at most 65536 bytes");
            }
            Hook hook =
                    new Hook(seams.tools(), home, webhook, countsOf(webhook.key()), (_, _) -> {});
            long startNanos = seams.tools().nanos().getAsLong();
            String id = "test_" + Long.toUnsignedString(seams.tools().random().getAsLong(), 36);
            byte[] sent = body.length == 0 ? "{\"type\":\"webhook.test\"}".getBytes(UTF_8) : body;
            return hook.test(id, sent)
                    .thenApply(outcome -> {
                        hook.end();
                        return told(outcome, seams.tools().nanos().getAsLong() - startNanos);
                    });
        });
    }

    private static Map<String, Object> told(Outcome outcome, long nanos) {
        Map<String, Object> told = new LinkedHashMap<>();
        switch (outcome) {
            case Outcome.Answered answered -> {
                told.put("accepted", answered.isAccepted());
                told.put("status", answered.status());
                told.put("text", answered.text());
            }
            case Outcome.Failed failed -> {
                told.put("accepted", false);
                told.put("error", failed.why());
            }
        }
        told.put("tookMs", TimeUnit.NANOSECONDS.toMillis(nanos));
        return told;
    }

    // How it is done --------------------------------------------------------------------------

    private <T> CompletionStage<T> ask(Supplier<CompletionStage<T>> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        home.execute(() -> {
            try {
                question.get()
                        .whenCompleteAsync(
                                (value, failed) -> {
                                    if (failed == null) {
                                        answer.complete(value);
                                    } else {
                                        answer.completeExceptionally(
                                                BrokerException.reason(failed));
                                    }
                                },
                                home);
            } catch (RuntimeException refused) {
                answer.completeExceptionally(refused);
            }
        });
        return answer;
    }

    private Definition find(Principal who, Operation what, String namespace, String name) {
        Definition found = definitions.get(new HookName(namespace, name));
        if (found == null || !may(who, Operation.READ, found)) {
            throw new BrokerException(Kind.NOT_FOUND, "no webhook '" + name + "'");
        }
        require(who, what, found);
        return found;
    }

    private boolean may(Principal who, Operation what, Definition webhook) {
        return who.internal()
                || seams.permissions()
                        .allow(who, what, webhook.key().namespace(), webhook.source().topic());
    }

    private void require(Principal who, Operation what, Definition webhook) {
        if (!may(who, what, webhook)) {
            throw new BrokerException(
                    Kind.DENIED,
                    "a webhook needs 'configure' and 'read' of '%s', which user '%s' has not"
                            .formatted(webhook.source().topic(), who.name()));
        }
    }

    private static String checkedName(String name) {
        int bytes = name.getBytes(UTF_8).length;
        boolean plain = name.chars().noneMatch(c -> c <= ' ' || c == 0x7f);
        if (bytes < 1 || bytes > MOST_NAME_BYTES || !plain) {
            throw new IllegalArgumentException(
                    "a webhook's name has 1 to " + MOST_NAME_BYTES + " bytes, and no spaces");
        }
        return name;
    }

    private void checkSource(Definition webhook) {
        Source source = webhook.source();
        TopicName name = new TopicName(webhook.key().namespace(), source.topic());
        Topic topic = seams.tools().broker().definitions().topic(name);
        if (topic == null) {
            throw new BrokerException(Kind.NOT_FOUND, "no queue or topic '" + name + "'");
        }
        if (!topic.spec().isQueue() && source.subscription().isEmpty()) {
            throw new BrokerException(
                    Kind.INVALID, "'" + name + "' is a topic: say 'topic' in place of 'queue'");
        }
    }

    private String newSecret() {
        ByteBuffer bytes = ByteBuffer.allocate(Signer.MADE_BYTES);
        while (bytes.hasRemaining()) {
            bytes.putLong(seams.tools().random().getAsLong());
        }
        return Signer.secret(bytes.array());
    }

    /// Writes it down, and then lets it be so.
    private CompletionStage<?> keep(Definition next) {
        return store.write(new HookStore.Kept(next.key(), next))
                .thenRunAsync(() -> set(next), home);
    }

    private void set(Definition next) {
        remove(next.key());
        definitions.put(next.key(), next);
        if (next.state().kind() == Definition.Kind.ACTIVE) {
            EventExecutor loop = seams.loops().get();
            Hook hook =
                    new Hook(seams.tools(), loop, next, countsOf(next.key()), this::receiverIsGone);
            hooks.put(next.key(), hook);
            loop.execute(hook::begin);
        }
    }

    private void remove(HookName key) {
        definitions.remove(key);
        Hook before = hooks.remove(key);
        if (before != null) {
            before.loop().execute(before::end);
        }
    }

    /// The subscription that was made for a webhook goes with it.
    private CompletionStage<?> forget(Definition webhook) {
        if (!webhook.source().made()) {
            return CompletableFuture.completedFuture(null);
        }
        Session session = seams.tools().broker().session(Principal.BROKER, Mailbox.of(home));
        return session.deleteSubscription(webhook.subscription())
                .handle((_, _) -> {
                    session.close();
                    return webhook;
                });
    }

    private HookCounts countsOf(HookName key) {
        return counts.computeIfAbsent(key, named -> new HookCounts(seams.metrics(), named));
    }

    /// Its receiver wants nothing any more. On the webhook's loop.
    private void receiverIsGone(Hook hook, String said) {
        hook.end();
        home.execute(() -> {
            if (hook.equals(hooks.get(hook.webhook().key()))) {
                log.warn("webhook {} is disabled: {}", hook.webhook().key(), said);
                State state = new State(Definition.Kind.DISABLED, said);
                keep(hook.webhook().with(state))
                        .whenComplete((_, failed) -> {
                            if (failed != null) {
                                log.warn(
                                        "webhook {}: not written down",
                                        hook.webhook().key(),
                                        failed);
                            }
                        });
            }
        });
    }

    // What is shown ---------------------------------------------------------------------------

    private Map<String, Object> shown(Definition webhook) {
        Map<String, Object> shown = new LinkedHashMap<>();
        Source source = webhook.source();
        Terms terms = webhook.terms();
        shown.put("name", webhook.key().name());
        shown.put("namespace", webhook.key().namespace());
        shown.put("url", terms.url());
        shown.put(source.subscription().isEmpty() ? "queue" : "topic", source.topic());
        if (!source.subscription().isEmpty()) {
            shown.put("subscription", source.subscription());
        }
        shown.put("mode", Asked.word(terms.mode()));
        shown.put("headers", List.copyOf(terms.headers().keySet()));
        shown.put("concurrency", terms.concurrency());
        shown.put("ratePerSecond", terms.ratePerSecond());
        shown.put("timeoutMs", terms.timeoutMs());
        shown.put("retryMs", terms.retryMs());
        shown.put("secrets", webhook.secrets().size());
        shown.put("owner", webhook.owner());
        show(webhook, hooks.get(webhook.key()), shown);
        return shown;
    }

    private void show(Definition webhook, @Nullable Hook hook, Map<String, Object> shown) {
        shown.put("state", Asked.word(webhook.state().kind()));
        if (!webhook.state().reason().isEmpty()) {
            shown.put("reason", webhook.state().reason());
        }
        if (hook != null && !hook.trouble().isEmpty()) {
            shown.put("trouble", hook.trouble());
        }
        HookCounts done = countsOf(webhook.key());
        shown.put("delivered", done.delivered());
        shown.put("failed", done.failed());
        shown.put("givenUp", done.gaveUp());
        if (done.lastMs() >= 0) {
            shown.put("last", done.last());
            shown.put("lastAt", Instant.ofEpochMilli(done.lastMs()).toString());
        }
    }

    private CompletionStage<Map<String, Object>> withWaiting(
            Definition webhook, Map<String, Object> shown) {
        Session session = seams.tools().broker().session(Principal.BROKER, Mailbox.of(home));
        return session.stats(webhook.subscription())
                .handle((stats, failed) -> {
                    session.close();
                    if (failed == null) {
                        shown.put("messages", stats.ready());
                        shown.put("unsettled", stats.unsettled());
                    }
                    return shown;
                });
    }

    /// Stops all of them: what is under way may take a moment, the rest comes after the next start.
    @Override
    public void close() {
        CompletableFuture<@Nullable Void> quiet = new CompletableFuture<>();
        home.execute(() -> {
            CompletableFuture<?>[] all =
                    hooks.values().stream().map(Webhooks::halt).toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(all).thenAccept(_ -> quiet.complete(null));
        });
        try {
            quiet.get(GRACE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException late) {
            log.info("requests of webhooks are under way and will be sent again");
        }
    }

    private static CompletableFuture<@Nullable Void> halt(Hook hook) {
        CompletableFuture<@Nullable Void> quiet = new CompletableFuture<>();
        hook.loop().execute(() -> hook.halt().thenAccept(_ -> quiet.complete(null)));
        return quiet;
    }
}
