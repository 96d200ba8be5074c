package io.polylog.broker.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A retry is told from new data: within five batches, across the wrap of sequences, by epoch.
class ProducerTableTest {
    private static final ProducerKey KEY = new ProducerKey(1, 9);

    private final Cells cells = new Cells();
    private ProducerTable table = new ProducerTable(1);
    private long offset;
    private long timeMs = 1000;

    @Test
    void a_sequence_that_continues_is_new() {
        assertThat(send(0, 0, 3)).isEqualTo(Outcome.APPENDED);
        assertThat(send(0, 3, 2)).isEqualTo(Outcome.APPENDED);
        assertThat(send(0, 5, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void each_of_the_last_five_batches_is_a_duplicate_at_its_offset() {
        for (int i = 0; i < 6; i++) {
            send(0, i * 2, 2);
        }
        for (int i = 1; i < 6; i++) {
            assertThat(send(0, i * 2, 2)).isEqualTo(Outcome.DUPLICATE);
            assertThat(table.offsetOf(KEY, stamp(0, i * 2), 2)).isEqualTo(2L * i);
        }
        assertThat(send(0, 0, 2)).isEqualTo(Outcome.DUPLICATE_FORGOTTEN);
    }

    @Test
    void the_window_is_the_same_after_a_checkpoint() {
        for (int i = 0; i < 6; i++) {
            send(0, i * 2, 2);
        }
        restore();
        assertThat(send(0, 2, 2)).isEqualTo(Outcome.DUPLICATE);
        assertThat(send(0, 0, 2)).isEqualTo(Outcome.DUPLICATE_FORGOTTEN);
        assertThat(send(0, 12, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void a_gap_is_out_of_order() {
        send(0, 0, 3);
        assertThat(send(0, 4, 1)).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(0, 1, 2)).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(0, 3, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void an_unknown_producer_begins_with_zero() {
        assertThat(send(0, 7, 1)).isEqualTo(Outcome.UNKNOWN_PRODUCER);
        assertThat(send(0, 0, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void an_older_epoch_is_fenced_and_a_newer_one_begins_anew() {
        send(0, 0, 3);
        assertThat(send(1, 3, 1)).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(send(1, 0, 1)).isEqualTo(Outcome.APPENDED);
        assertThat(send(0, 3, 1)).isEqualTo(Outcome.FENCED);
        assertThat(send(1, 1, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void sequences_wrap_from_the_largest_to_zero() {
        int last = Integer.MAX_VALUE;
        ProducerState state = new ProducerState(1, KEY);
        state.store(stamp(0, last - 1), 2, 0, timeMs);
        table.restore(state);

        assertThat(send(0, 0, 4)).isEqualTo(Outcome.APPENDED);
        assertThat(send(0, last - 1, 2)).isEqualTo(Outcome.DUPLICATE);
        assertThat(send(0, last - 3, 2)).isEqualTo(Outcome.DUPLICATE_FORGOTTEN);
        assertThat(send(0, 4, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void a_batch_may_itself_cross_the_wrap() {
        int last = Integer.MAX_VALUE;
        ProducerState state = new ProducerState(1, KEY);
        state.store(stamp(0, last - 3), 2, 0, timeMs);
        table.restore(state);

        assertThat(send(0, last - 1, 5)).isEqualTo(Outcome.APPENDED);
        assertThat(send(0, last - 1, 5)).isEqualTo(Outcome.DUPLICATE);
        assertThat(send(0, 3, 1)).isEqualTo(Outcome.APPENDED);
    }

    @Test
    void a_producer_that_was_forgotten_may_go_on_anywhere_and_a_new_one_may_not() {
        send(0, 0, 3);
        table.forget(state(), cells);
        restore();

        assertThat(send(0, 7, 1)).isEqualTo(Outcome.APPENDED);
        assertThat(send(0, 7, 1)).isEqualTo(Outcome.DUPLICATE);
        assertThat(table.isWhole(KEY)).isTrue();
        ProducerKey newer = new ProducerKey(1, KEY.id() + 1);
        assertThat(table.judge(newer, stamp(0, 7), 1)).isEqualTo(Outcome.UNKNOWN_PRODUCER);
    }

    private ProducerState state() {
        return table.states().iterator().next();
    }

    private Outcome send(int epoch, int sequence, int count) {
        Outcome outcome = table.judge(KEY, stamp(epoch, sequence), count);
        if (outcome == Outcome.APPENDED) {
            ProducerTable.Stored stored =
                    new ProducerTable.Stored(stamp(epoch, sequence), count, offset, timeMs);
            table.store(KEY, stored, false, cells);
            offset += count;
        }
        return outcome;
    }

    private static ProducerStamp stamp(int epoch, int sequence) {
        return new ProducerStamp(9, (short) epoch, sequence);
    }

    private void restore() {
        List<Cell> saved = new ArrayList<>();
        table.cells(saved);
        table = new ProducerTable(1);
        for (Cell cell : saved) {
            HeadWriter out = new HeadWriter(64);
            cell.encode(out);
            HeadReader in = new HeadReader(out.toBuffer());
            if (cell.kind() == CellKind.PRODUCER) {
                table.restore(ProducerState.decode(in));
            } else {
                table.restore(ForgottenProducers.decode(in));
            }
        }
    }
}
