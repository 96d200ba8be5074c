package io.polylog.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Looks names up as the system does, on threads that may wait. Any thread.
final class Resolution {
    private Resolution() {}

    /// All addresses of a host, or the one that it is.
    static CompletionStage<List<InetAddress>> of(String host, Executor slow) {
        CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
        slow.execute(() -> {
            try {
                found.complete(List.of(InetAddress.getAllByName(host)));
            } catch (UnknownHostException e) {
                found.completeExceptionally(new UnknownHostException("no address of " + host));
            }
        });
        return found;
    }
}
