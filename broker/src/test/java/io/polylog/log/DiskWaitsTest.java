package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.Clock;
import org.junit.jupiter.api.Test;

/// Reads that wait for the disk, one shortly behind the other, bring along what follows.
class DiskWaitsTest {
    private static final long WAIT = 100_000;

    private long now;

    private final DiskWaits waits =
            new DiskWaits(
                    new Clock() {
                        @Override
                        public long wallMs() {
                            return 0;
                        }

                        @Override
                        public long nanos() {
                            return now;
                        }
                    });

    private boolean readOn(long position, long nanos) {
        long begun = now;
        now += nanos;
        return waits.readOn(position, begun);
    }

    @Test
    void aSecondWaitCloseBehindTheFirstReadsOn() {
        assertThat(readOn(10_000_000, WAIT)).isFalse();
        assertThat(readOn(10_050_000, WAIT)).isTrue();
    }

    @Test
    void waitsFarApartOrBackwardsDoNot() {
        assertThat(readOn(10_000_000, WAIT)).isFalse();
        assertThat(readOn(20_000_000, WAIT)).isFalse();
        assertThat(readOn(19_990_000, WAIT)).isFalse();
    }

    @Test
    void whatIsInMemoryDoesNot() {
        assertThat(readOn(10_000_000, WAIT)).isFalse();
        assertThat(readOn(10_050_000, 2_000)).isFalse();
        assertThat(readOn(10_060_000, WAIT)).isTrue();
    }
}
