package io.polylog.config;

import java.time.Duration;
import java.util.List;

/// `[log]`: the durable log.
///
/// @param shards how many threads own topics; fixed for the life of a data directory
/// @param segmentBytes size of a full-grown segment
/// @param memoryBytes memory for the newest blocks, from which readers that keep up are served
/// @param reserveBytes free space on the disk that data never takes
/// @param pace least time from one commit's start to the next one's while each answers many
public record LogSection(
        int shards, int segmentBytes, int memoryBytes, long reserveBytes, Duration pace) {
    private static final long SEGMENT_UNIT = 64 << 10;

    static final Setting<Integer> SHARDS =
            new Setting<>(
                    "log.shards",
                    Kind.number(1, 255),
                    "1",
                    "How many threads own topics. Fixed for the life of a data directory; one is"
                            + " enough up to 4 cores.");
    static final Setting<Long> SEGMENT_SIZE =
            new Setting<>(
                    "log.segment_size",
                    Kind.size("1MiB", "1GiB"),
                    "256MiB",
                    "Size of a full-grown segment file, in multiples of 64 KiB; the first ones are"
                            + " smaller.");
    static final Setting<Long> MEMORY =
            new Setting<>(
                    "log.memory",
                    Kind.size("4MiB", "1GiB"),
                    "64MiB",
                    "Memory outside the heap for the newest records; readers that keep up never"
                            + " touch the disk.");
    static final Setting<Long> DISK_RESERVE =
            new Setting<>(
                    "log.disk_reserve",
                    Kind.size("0B", "1TiB"),
                    "256MiB",
                    "Free space that data never takes: below it publishers are refused while"
                            + " consumers and acknowledgements go on.");
    static final Setting<Duration> PACE =
            new Setting<>(
                    "log.pace",
                    Kind.duration("0us", "100ms"),
                    "250us",
                    "Least time between two commits while each answers many requests.");
    static final List<Setting<?>> SETTINGS =
            List.of(SHARDS, SEGMENT_SIZE, MEMORY, DISK_RESERVE, PACE);

    static LogSection of(Values values) {
        long segment = values.of(SEGMENT_SIZE);
        if (segment % SEGMENT_UNIT != 0) {
            values.problem(SEGMENT_SIZE, "must be a multiple of 64KiB");
        }
        return new LogSection(
                values.of(SHARDS),
                Math.toIntExact(segment),
                Math.toIntExact(values.of(MEMORY)),
                values.of(DISK_RESERVE),
                values.of(PACE));
    }
}
