package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// A segment that is being read empty is known by how fast it empties.
class SegmentDrainTest {
    private static final long LOOK = SegmentDrain.LOOK_NANOS;

    private final SegmentDrain drain = new SegmentDrain();

    @Test
    void oneSeenForTheFirstTimeOrThatStandsIsNotDraining() {
        assertThat(drain.isDraining(1, 1000, 0)).isFalse();
        assertThat(drain.isDraining(1, 1000, LOOK)).isFalse();
        assertThat(drain.isDraining(1, 990, 2 * LOOK)).isFalse();
    }

    @Test
    void oneThatWillBeEmptySoonIsDraining() {
        assertThat(drain.isDraining(1, 1000, 0)).isFalse();
        assertThat(drain.isDraining(1, 900, LOOK)).isTrue();
        assertThat(drain.isDraining(2, 900, LOOK)).isFalse();
        // Looked at again at once, it is what it was.
        assertThat(drain.isDraining(1, 900, LOOK + 1)).isTrue();
        assertThat(drain.isDraining(1, 890, 2 * LOOK)).isFalse();
    }

    @Test
    void itsRateCountsHoweverLongAgoItWasSeen() {
        assertThat(drain.isDraining(1, 1000, 0)).isFalse();
        assertThat(drain.isDraining(1, 900, 10 * LOOK)).isFalse();
        assertThat(drain.isDraining(2, 1000, 0)).isFalse();
        assertThat(drain.isDraining(2, 300, 10 * LOOK)).isTrue();
    }

    @Test
    void oneThatIsGoneIsForgotten() {
        assertThat(drain.isDraining(1, 1000, 0)).isFalse();
        drain.retain(Set.of(2));
        assertThat(drain.isDraining(1, 100, LOOK)).isFalse();
    }
}
