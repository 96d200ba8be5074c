package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Of subjects that are listened to: what is published from now on. What the client does not take
/// in time is lost to it, and told as a number. On the connection's loop.
final class HeardSubscription implements TalkSubscription, LiveListener {
    private final Talk talk;
    private final long id;
    private final String pattern;
    private final byte[] prefix;
    private @Nullable Live live;
    private long missed;

    /// @param id the client's
    /// @param pattern as a binding has it
    HeardSubscription(Talk talk, long id, String pattern) {
        this.talk = talk;
        this.id = id;
        this.pattern = pattern;
        prefix = ("{\"op\":\"message\",\"subscription\":" + id + ",").getBytes(UTF_8);
    }

    @Override
    public CompletionStage<@Nullable Void> begin() {
        live = talk.session().listen(talk.namespace(), this);
        live.add(pattern);
        return TalkSubscription.done();
    }

    @Override
    public void heard(LiveMessage heard) {
        Shown.Live shown = heard.shaped(Shown.Live.class, all -> Shown.Live.of(all, talk.opener()));
        if (talk.hears(prefix, shown)) {
            tellMissed();
        } else {
            missed++;
        }
    }

    @Override
    public void through() {
        // all of a turn goes out at its end
    }

    @Override
    public void writable() {
        tellMissed();
    }

    private void tellMissed() {
        if (missed > 0 && talk.socket().isWritable()) {
            talk.missed(id, missed);
            missed = 0;
        }
    }

    @Override
    public CompletionStage<@Nullable Void> close() {
        if (live != null) {
            live.close();
        }
        return TalkSubscription.done();
    }
}
