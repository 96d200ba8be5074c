package io.polylog.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.Ledger.Repeats;
import org.junit.jupiter.api.Test;

/// Shows that the checker of the crash tests catches what it is there for.
class LedgerTest {
    private final Ledger ledger = new Ledger(Repeats.FLAGGED);

    @Test
    void nothing_is_wrong_when_all_that_was_accepted_arrived() {
        send(0, 100);
        arrive(0, 100);

        assertThat(ledger.verdict()).isEmpty();
        assertThat(ledger.owed()).isZero();
        assertThat(ledger.accepted()).isEqualTo(100);
        assertThat(ledger.arrived()).isEqualTo(100);
    }

    @Test
    void what_was_not_accepted_may_arrive_or_not() {
        ledger.attempted(1, 0);
        ledger.attempted(1, 1);
        ledger.arrived(1, 1, false);

        assertThat(ledger.verdict()).isEmpty();
    }

    @Test
    void a_loss_at_the_start_is_caught() {
        send(0, 100);
        arrive(3, 100);

        assertThat(ledger.verdict()).containsExactly("lost (prefix): 1/0..2");
        assertThat(ledger.owed()).isEqualTo(3);
    }

    @Test
    void a_loss_in_the_middle_is_caught() {
        send(0, 100);
        arrive(0, 50);
        arrive(51, 100);

        assertThat(ledger.verdict()).containsExactly("lost (middle): 1/50..50");
    }

    @Test
    void a_loss_at_the_end_is_caught() {
        send(0, 100);
        arrive(0, 97);

        assertThat(ledger.verdict()).containsExactly("lost (suffix): 1/97..99");
    }

    @Test
    void a_loss_of_everything_is_caught() {
        send(0, 100);

        assertThat(ledger.verdict()).containsExactly("lost (all): 1/0..99");
    }

    @Test
    void an_invented_message_is_caught() {
        send(0, 5);
        arrive(0, 5);
        ledger.arrived(1, 5, false);
        ledger.arrived(2, 0, false);

        assertThat(ledger.verdict())
                .containsExactly("invented: 1/5 was never sent", "invented: 2/0 was never sent");
    }

    @Test
    void a_repetition_is_caught_unless_it_is_flagged() {
        send(0, 5);
        arrive(0, 5);
        ledger.arrived(1, 2, true);
        ledger.arrived(1, 3, false);

        assertThat(ledger.verdict()).containsExactly("repeated: 1/3 came again, not flagged");
    }

    @Test
    void a_reader_that_must_see_each_once_may_not_even_see_a_flagged_repetition() {
        Ledger strict = new Ledger(Repeats.NEVER);
        strict.attempted(1, 0);
        strict.arrived(1, 0, false);
        strict.arrived(1, 0, true);

        assertThat(strict.verdict()).containsExactly("repeated: 1/0 came again, flagged");
    }

    @Test
    void a_group_that_goes_on_from_its_last_commit_may_see_what_it_saw_before() {
        Ledger group = new Ledger(Repeats.ALLOWED);
        for (int sequence = 0; sequence < 3; sequence++) {
            group.attempted(1, sequence);
            group.accepted(1, sequence);
            group.arrived(1, sequence, false);
        }
        group.arrived(1, 1, false);
        group.arrived(1, 2, false);

        assertThat(group.verdict()).isEmpty();
    }

    @Test
    void a_changed_order_is_caught() {
        send(0, 5);
        ledger.arrived(1, 0, false);
        ledger.arrived(1, 2, false);
        ledger.arrived(1, 1, false);
        arrive(3, 5);

        assertThat(ledger.verdict()).containsExactly("out of order: 1/1 after 2");
    }

    @Test
    void a_first_arrival_that_is_flagged_may_come_late() {
        send(0, 3);
        ledger.arrived(1, 1, false);
        ledger.arrived(1, 0, true);
        ledger.arrived(1, 2, false);

        assertThat(ledger.verdict()).isEmpty();
    }

    @Test
    void producers_do_not_disturb_each_others_order() {
        send(0, 3);
        ledger.attempted(2, 0);
        arrive(0, 2);
        ledger.arrived(2, 0, false);
        arrive(2, 3);

        assertThat(ledger.verdict()).isEmpty();
    }

    private void send(long from, long end) {
        for (long sequence = from; sequence < end; sequence++) {
            ledger.attempted(1, sequence);
            ledger.accepted(1, sequence);
        }
    }

    private void arrive(long from, long end) {
        for (long sequence = from; sequence < end; sequence++) {
            ledger.arrived(1, sequence, false);
        }
    }
}
