package io.polylog.log;

/// Gives the runs of an extent, from memory or from its segment's index file. Any thread.
final class IndexPages {
    RunTable runs(Extent extent) {
        Runs runs = extent.runs();
        if (runs == null) {
            throw new IllegalStateException("no runs");
        }
        return runs;
    }
}
