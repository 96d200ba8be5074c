package io.polylog.log;

/// What the copier made of one extent.
///
/// @param original the extent whose owed records were copied
/// @param first offset of the first copied record
/// @param end offset after the last one
/// @param runs where the copies begin, with holes where nothing was owed
record PackedExtent(
        Extent original,
        long first,
        long end,
        Runs runs,
        long payloadBytes,
        long recordBytes,
        long lastTimeMs) {}
