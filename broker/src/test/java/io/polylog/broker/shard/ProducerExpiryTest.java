package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.machine.Cells;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Producers that are silent for a day are forgotten, the others are not.
class ProducerExpiryTest {
    private static final long DAY_MS = 24 * 3_600_000;

    private final Cells cells = new Cells();
    private final Stream stream = new Stream(1, Keeps.ALL);
    private final Map<Long, Stream> streams = new HashMap<>(Map.of(1L, stream));
    private final ProducerExpiry expiry = new ProducerExpiry(streams, cells);

    @Test
    void a_producer_is_forgotten_a_day_after_its_last_batch() {
        send(1, 0);
        send(2, 1_000);
        send(1, 2_000);

        expiry.expire(1_000 + DAY_MS - 1);
        assertThat(known()).containsExactlyInAnyOrder(1L, 2L);
        expiry.expire(1_000 + DAY_MS);
        assertThat(known()).containsExactly(1L);
        expiry.expire(2_000 + DAY_MS);
        assertThat(known()).isEmpty();
    }

    @Test
    void many_that_live_shortly_are_not_kept_for_ever() {
        int most = 0;
        for (int id = 0; id < 100_000; id++) {
            long timeMs = id * 10_000L;
            expiry.expire(timeMs);
            send(id, timeMs);
            most = Math.max(most, stream.producers().states().size());
        }

        assertThat(most).isEqualTo((int) (DAY_MS / 10_000));
    }

    @Test
    void those_of_a_checkpoint_go_when_they_would_have_gone() {
        for (int id = 5; id > 0; id--) {
            send(id, 1_000L * (5 - id));
        }
        ProducerExpiry restored = new ProducerExpiry(streams, cells);
        restored.restored(List.copyOf(stream.producers().states()));

        restored.expire(2_000 + DAY_MS);
        assertThat(known()).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void a_stream_that_is_gone_takes_its_producers_with_it() {
        send(1, 0);
        expiry.dropped(stream.producers());
        streams.clear();

        expiry.expire(DAY_MS);
        assertThat(known()).containsExactly(1L);
    }

    private void send(long id, long timeMs) {
        ProducerStamp stamp = new ProducerStamp(id, (short) 0, 0);
        expiry.heard(
                stream.producers()
                        .store(
                                new ProducerKey(1, id),
                                new ProducerTable.Stored(stamp, 1, 0, timeMs),
                                true,
                                cells));
    }

    private List<Long> known() {
        return stream.producers().states().stream().map(state -> state.key.id()).toList();
    }
}
