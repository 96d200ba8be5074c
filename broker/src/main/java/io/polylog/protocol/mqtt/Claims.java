package io.polylog.protocol.mqtt;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Who acts for which client now: one at a time. Who comes later sends who was there away, and
/// begins when that one's session has ended. Any thread.
final class Claims {
    private final ConcurrentHashMap<ClientKey, Claim> held = new ConcurrentHashMap<>();

    /// The right to act for a client, until it is released.
    final class Claim {
        private final ClientKey key;
        private final Runnable leave;
        private final CompletableFuture<Void> over = new CompletableFuture<>();

        Claim(ClientKey key, Runnable leave) {
            this.key = key;
            this.leave = leave;
        }

        ClientKey key() {
            return key;
        }

        /// The session has ended. Idempotent.
        void release() {
            held.remove(key, this);
            over.complete(null);
        }
    }

    /// Claims a client.
    ///
    /// @param leave called on any thread when another one comes; [Claim#release] is to follow
    /// @param granted called on any thread once nobody else acts for it
    Claim claim(ClientKey key, Runnable leave, Runnable granted) {
        Claim mine = new Claim(key, leave);
        Claim before = held.put(key, mine);
        if (before == null) {
            granted.run();
        } else {
            before.leave.run();
            CompletionStage<Void> over = before.over;
            over.thenRun(granted);
        }
        return mine;
    }

    /// Claims a client that nobody acts for, or gives null.
    @Nullable Claim claimIdle(ClientKey key) {
        Claim mine = new Claim(key, () -> {});
        return held.putIfAbsent(key, mine) == null ? mine : null;
    }

    /// Clients that somebody acts for.
    int size() {
        return held.size();
    }
}
