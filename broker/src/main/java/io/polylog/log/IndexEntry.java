package io.polylog.log;

/// What an index file says of one extent.
///
/// @param runsAt number of its first run in the file
record IndexEntry(
        int shard,
        long stream,
        long first,
        long end,
        int runsAt,
        int runCount,
        long payloadBytes,
        long recordBytes,
        long lastTimeMs) {}
