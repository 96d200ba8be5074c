package io.polylog.log;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/// Checkpoints that somebody asked for, done one after the other, and those that are due. Commit
/// thread.
final class CheckpointRequests {
    private final Commit commit;
    private final Upkeep upkeep;
    private final CheckpointWriter writer;
    private final Catalog catalog;
    private final Queue<CompletableFuture<Void>> waiting = new ArrayDeque<>();
    private long awaitedCount = -1;

    CheckpointRequests(Commit commit, Upkeep upkeep, CheckpointWriter writer, Catalog catalog) {
        this.commit = commit;
        this.upkeep = upkeep;
        this.writer = writer;
        this.catalog = catalog;
    }

    void add(CompletableFuture<Void> done) {
        waiting.add(done);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// Goes on as far as it can now. The background thread wakes the commit thread when it has done
    /// its part.
    void serve() {
        serveWaiting();
        if (upkeep.untilCutNanos() == 0) {
            boolean _ = cut();
        }
    }

    private void serveWaiting() {
        CompletableFuture<Void> first;
        while ((first = waiting.peek()) != null) {
            if (awaitedCount >= 0) {
                if (writer.count() < awaitedCount) {
                    return;
                }
                awaitedCount = -1;
                finish(first, writer.lastFailed());
            } else if (isCurrent()) {
                finish(first, false);
            } else if (cut()) {
                awaitedCount = writer.count() + 1;
            } else {
                return;
            }
        }
    }

    /// Whether the last checkpoint holds all there is.
    private boolean isCurrent() {
        return catalog.current().start().equals(commit.place()) && catalog.current().cells() != 0;
    }

    private boolean cut() {
        return !commit.isInsideBatch() && upkeep.cut(commit.place());
    }

    private void finish(CompletableFuture<Void> first, boolean failed) {
        waiting.remove();
        if (failed) {
            first.completeExceptionally(new IOException("no room for a checkpoint"));
        } else {
            first.complete(null);
        }
    }

    /// The log has failed.
    void abandon(Throwable cause) {
        waiting.forEach(request -> request.completeExceptionally(cause));
        waiting.clear();
    }
}
