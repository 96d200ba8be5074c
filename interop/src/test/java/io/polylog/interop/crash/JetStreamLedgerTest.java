package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The ledger of JetStream's clients notices every kind of broken promise, and nothing else.
class JetStreamLedgerTest {
    private final JetStreamLedger ledger = new JetStreamLedger();

    @BeforeEach
    void publish() {
        for (long each = 0; each < 4; each++) {
            ledger.attempted(each);
        }
        ledger.accepted(0);
        ledger.accepted(1);
        ledger.accepted(2);
        ledger.counted(2);
        ledger.batchBegun(0, 2);
        ledger.batchBegun(1, 0);
        ledger.batchBegun(2, 3);
        ledger.batchBegun(3, 1);
        ledger.batchAccepted(0);
    }

    private void consume(long... numbers) {
        for (long each : numbers) {
            ledger.arrived(each, false);
        }
    }

    private void keep(long... numbers) {
        for (long each : numbers) {
            ledger.kept(each);
        }
    }

    private void count(long... values) {
        for (long each : values) {
            ledger.step(each);
        }
    }

    private void keepBatch(long number, int... places) {
        for (int each : places) {
            ledger.batchKept(number, each);
        }
    }

    private void allIsWell() {
        consume(0, 1, 2);
        keep(0, 1, 2);
        count(1, 2);
        keepBatch(0, 0, 1);
    }

    @Test
    void what_is_kept_is_right() {
        allIsWell();
        assertThat(ledger.verdict()).isEmpty();
    }

    @Test
    void what_nobody_knows_of_may_be_there_whole() {
        consume(0, 1, 2, 3);
        ledger.arrived(1, true);
        keep(0, 1, 2, 3);
        count(1, 2, 3);
        keepBatch(0, 0, 1);
        keepBatch(2, 0, 1, 2);
        assertThat(ledger.verdict()).isEmpty();
    }

    @Test
    void a_message_that_is_lost_is_noticed() {
        consume(0, 1, 2);
        keep(0, 2);
        count(1, 2);
        keepBatch(0, 0, 1);
        assertThat(ledger.verdict()).containsExactly("JetStream stream, lost (middle): 0/1..1");
    }

    @Test
    void a_message_that_the_consumer_never_got_is_noticed() {
        consume(0, 1);
        keep(0, 1, 2);
        count(1, 2);
        keepBatch(0, 0, 1);
        assertThat(ledger.verdict()).containsExactly("JetStream consumer, lost (suffix): 0/2..2");
    }

    @Test
    void an_id_that_is_stored_twice_is_noticed() {
        allIsWell();
        keep(1);
        assertThat(ledger.verdict())
                .anyMatch(what -> what.contains("repeated: 0/1 came again, not flagged"));
    }

    @Test
    void a_step_of_the_counter_that_is_lost_or_taken_twice_is_noticed() {
        consume(0, 1, 2);
        keep(0, 1, 2);
        count(1, 2, 2);
        keepBatch(0, 0, 1);
        assertThat(ledger.verdict()).containsExactly("JetStream, step 3 of the counter says 2");
    }

    @Test
    void a_counter_that_went_back_is_noticed() {
        consume(0, 1, 2);
        keep(0, 1, 2);
        count(1);
        keepBatch(0, 0, 1);
        assertThat(ledger.verdict())
                .containsExactly("JetStream, the counter is at 1 after it was told to be at 2");
    }

    @Test
    void an_acknowledgement_that_is_forgotten_is_noticed() {
        allIsWell();
        ledger.settled(1);
        ledger.arrived(1, true);
        assertThat(ledger.verdict())
                .containsExactly("JetStream, 1 came again after it was told to be acknowledged");
    }

    @Test
    void a_batch_that_is_lost_is_noticed() {
        consume(0, 1, 2);
        keep(0, 1, 2);
        count(1, 2);
        assertThat(ledger.verdict())
                .containsExactly("JetStream, batches that were accepted are lost: [0]");
    }

    @Test
    void half_a_batch_is_noticed() {
        allIsWell();
        keepBatch(2, 0, 1);
        keepBatch(3, 0);
        assertThat(ledger.verdict()).containsExactly("JetStream, batch 2 has 2 of 3");
    }

    @Test
    void a_batch_in_another_order_or_among_others_is_noticed() {
        allIsWell();
        keepBatch(2, 0, 2, 1);
        assertThat(ledger.verdict())
                .containsExactly(
                        "JetStream, batch 2 goes on with 2 of 2",
                        "JetStream, batch 2 goes on with 1 of 2");
    }

    @Test
    void a_batch_that_never_ended_or_is_there_twice_is_noticed() {
        allIsWell();
        keepBatch(1, 0);
        keepBatch(0, 0, 1);
        assertThat(ledger.verdict())
                .containsExactly(
                        "JetStream, batch 1 is kept, and never ended",
                        "JetStream, batch 1 has 1 of 0",
                        "JetStream, batch 0 is kept after 1");
    }
}
