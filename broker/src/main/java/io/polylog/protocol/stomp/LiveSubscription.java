package io.polylog.protocol.stomp;

import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A subscription to subjects that keeps nothing: what the client does not take in time is lost to
/// it, and counted. On the connection's loop.
final class LiveSubscription implements Subscription, LiveListener {
    private final OpenStomp open;
    private final String id;
    private @Nullable Live live;

    /// @param id what MESSAGE frames say in `subscription`; "" for nothing
    LiveSubscription(OpenStomp open, String id) {
        this.open = open;
        this.id = id;
    }

    /// Begins to listen.
    void listen(String pattern) {
        live = open.session().listen(open.terms().namespace(), this);
        live.add(pattern);
    }

    @Override
    public void heard(LiveMessage message) {
        if (open.wire().output().overfull()) {
            open.wire().output().flush();
            if (open.wire().output().overfull()) {
                open.wire().seams().missed().increment();
                return;
            }
        }
        StompContent content =
                message.shaped(
                        StompContent.class,
                        heard ->
                                open.subscriptions()
                                        .translation()
                                        .content(
                                                heard.content(),
                                                StompDestination.TOPIC
                                                        + StompDestination.escaped(
                                                                heard.subject())));
        open.subscriptions().message(new Subscriptions.Head(id, false, false, -1), content);
    }

    @Override
    public void through() {
        open.wire().output().askTurn();
    }

    @Override
    public void resume() {
        // nothing waits
    }

    @Override
    public CompletionStage<Void> close() {
        if (live != null) {
            live.close();
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public String queue() {
        return "";
    }
}
