package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// A segment that is being read empty is known by how fast it empties.
class SegmentDrainTest {
    private static final long LOOK = SegmentDrain.LOOK_NANOS;
    private static final long YOUNG = SegmentDrain.YOUNG_NANOS;

    private final SegmentDrain drain = new SegmentDrain();

    @Test
    void oneThatStandsIsNotDraining() {
        seen(1, 1000);
        assertThat(drain.isDraining(1, 1000, YOUNG)).isFalse();
        assertThat(drain.isDraining(1, 1000, YOUNG + LOOK)).isFalse();
        assertThat(drain.isDraining(1, 990, YOUNG + 2 * LOOK)).isFalse();
    }

    @Test
    void oneThatWillBeEmptySoonIsDraining() {
        seen(1, 1000);
        seen(2, 900);
        assertThat(drain.isDraining(1, 1000, YOUNG)).isFalse();
        assertThat(drain.isDraining(1, 900, YOUNG + LOOK)).isTrue();
        assertThat(drain.isDraining(2, 900, YOUNG + LOOK)).isFalse();
        // Looked at again at once, it is what it was.
        assertThat(drain.isDraining(1, 900, YOUNG + LOOK + 1)).isTrue();
        assertThat(drain.isDraining(1, 890, YOUNG + 2 * LOOK)).isFalse();
    }

    @Test
    void itsRateCountsHoweverLongAgoItWasSeen() {
        seen(1, 1000);
        seen(2, 1000);
        assertThat(drain.isDraining(1, 900, 10 * LOOK)).isFalse();
        assertThat(drain.isDraining(2, 300, 10 * LOOK)).isTrue();
    }

    @Test
    void ofAYoungOneNobodyKnows() {
        seen(1, 1000);
        assertThat(drain.isDraining(1, 1000, LOOK)).isTrue();
        assertThat(drain.isDraining(1, 1000, YOUNG - 1)).isTrue();
        assertThat(drain.isDraining(1, 1000, YOUNG)).isFalse();
    }

    @Test
    void oneThatIsGoneIsForgotten() {
        seen(1, 1000);
        drain.retain(Set.of(2));
        assertThat(drain.isDraining(1, 100, YOUNG)).isTrue();
        assertThat(drain.isDraining(1, 100, 2 * YOUNG)).isFalse();
    }

    /// At the beginning of time.
    private void seen(int segment, long owedBytes) {
        assertThat(drain.isDraining(segment, owedBytes, 0)).isTrue();
    }
}
