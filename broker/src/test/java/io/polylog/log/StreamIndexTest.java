package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// How finely a stream's records are indexed.
class StreamIndexTest {
    private static final int SEGMENT = 7;
    private static final int RECORD_BYTES = 128;

    private final SegmentIndex segment =
            new SegmentIndex(
                    new Segment(
                            new FaultyDisk(),
                            Path.of("7.log"),
                            new SegmentHeader(SEGMENT, SegmentHeader.Kind.LOG, 1, 1 << 20, 0),
                            null),
                    () -> {});
    private final StreamIndex stream = new StreamIndex(1, 5);
    private int records;

    @Test
    void aStreamHasARunForEachEightKibibytes() {
        put(128);
        assertThat(runs()).isEqualTo(2);
    }

    @Test
    void aScatteredStreamHasARunForEachHalfKibibyte() {
        stream.scattered(true);
        put(128);
        assertThat(runs()).isEqualTo(32);
    }

    @Test
    void aStreamThatIsScatteredNoLongerHasLongRunsFromThenOn() {
        stream.scattered(true);
        put(64);
        stream.scattered(false);
        put(128);
        assertThat(runs()).isEqualTo(16 + 2);
    }

    private void put(int count) {
        for (int end = records + count; records < end; records++) {
            long position = Position.of(SEGMENT, SegmentHeader.BYTES + records * RECORD_BYTES);
            ShardMachine.Locator locator =
                    new ShardMachine.Locator(position, RECORD_BYTES, RECORD_BYTES / 2);
            stream.put(records, 1, records, locator, 0, segment);
        }
    }

    private int runs() {
        Extent extent = stream.at(0);
        return extent == null ? 0 : extent.knownRuns().count();
    }
}
