package io.polylog.log;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/// Checkpoints that somebody asked for, done one after the other. Commit thread.
final class CheckpointRequests {
    private final Commit commit;
    private final CheckpointCut cut;
    private final CheckpointWriter writer;
    private final Catalog catalog;
    private final SegmentSupply supply;
    private final Queue<CompletableFuture<Void>> waiting = new ArrayDeque<>();
    private long awaitedCount = -1;

    CheckpointRequests(
            Commit commit,
            CheckpointCut cut,
            CheckpointWriter writer,
            Catalog catalog,
            SegmentSupply supply) {
        this.commit = commit;
        this.cut = cut;
        this.writer = writer;
        this.catalog = catalog;
        this.supply = supply;
    }

    void add(CompletableFuture<Void> done) {
        waiting.add(done);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// Goes on as far as it can now. The background thread wakes the commit thread when it has done
    /// its part.
    void serve() throws IOException {
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
            } else if (!begin(first)) {
                return;
            }
        }
    }

    /// Whether the last checkpoint holds all there is.
    private boolean isCurrent() {
        return commit.isFresh()
                && catalog.current().firstSegment() == commit.activeSegment()
                && catalog.current().cells() != 0;
    }

    /// Whether a checkpoint was cut, or can never be.
    private boolean begin(CompletableFuture<Void> first) throws IOException {
        if (cut.plan() != null || commit.isInsideBatch()) {
            return false;
        }
        if (commit.cutNow()) {
            awaitedCount = writer.count() + 1;
            return true;
        }
        if (supply.isFull()) {
            finish(first, true);
            return true;
        }
        return false;
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
