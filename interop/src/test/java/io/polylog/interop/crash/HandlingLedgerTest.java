package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.crash.HandlingLedger.Back;
import io.polylog.interop.crash.HandlingLedger.Handed;
import io.polylog.interop.crash.HandlingLedger.Hold;
import io.polylog.interop.crash.HandlingLedger.Holder;
import io.polylog.interop.crash.HandlingLedger.Rules;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The ledger notices every kind of broken promise to those who deal with messages, and nothing
/// else.
class HandlingLedgerTest {
    private final List<String> wrong = new ArrayList<>();
    private final HandlingLedger ledger = new HandlingLedger(wrong::add);
    private Holder one;
    private Holder other;

    @BeforeEach
    void watch() {
        ledger.watch("q", new Rules(true, returns -> 100L * returns));
        ledger.watch("plain", Rules.PLAIN);
        ledger.begins();
        one = ledger.holder(true);
        other = ledger.holder(false);
    }

    private static Handed message(String queue, String id, boolean again) {
        return new Handed(queue, id, "k", 0, true, again);
    }

    private Hold first(Holder holder, String id) {
        return ledger.handed(holder, message("q", id, false), 0);
    }

    private Hold again(Holder holder, String id, long nowMs) {
        return ledger.handed(holder, message("q", id, true), nowMs);
    }

    @Test
    void what_is_settled_in_its_order_is_right() {
        ledger.settled(first(one, "1"));
        Hold second = first(other, "2");
        Hold third = first(other, "3");
        ledger.returned(second, 10);
        ledger.settled(third);
        ledger.settled(again(other, "2", 110));
        ledger.handed(one, new Handed("q", "0", "another", 0, true, false), 0);
        ledger.handed(one, new Handed("q", "1", "k", 1, false, false), 0);
        assertThat(wrong).isEmpty();
    }

    @Test
    void what_a_killed_broker_did_not_hear_of_comes_again_in_order() {
        ledger.settled(first(other, "1"));
        ledger.returned(first(other, "2"), 10);
        first(other, "3");
        ledger.begins();
        Holder fresh = ledger.holder(false);
        again(other, "3", 11); // too late to count
        again(fresh, "1", 11);
        again(fresh, "2", 11);
        again(fresh, "3", 11);
        assertThat(wrong).isEmpty();
    }

    @Test
    void what_was_on_its_way_when_an_earlier_one_was_given_back_is_right() {
        Hold earlier = first(other, "1");
        ledger.returned(earlier, 10);
        ledger.settled(first(other, "2"));
        again(other, "1", 110);
        assertThat(wrong).isEmpty();
    }

    @Test
    void what_was_given_back_on_its_way_counts_as_had() {
        Back back = ledger.returnedAll(other, 1_000);
        ledger.voided(other, message("q", "1", false), back);
        ledger.settled(first(other, "2"));
        again(other, "1", 1_050);
        assertThat(wrong).containsExactly("1 came from q 50 ms after return 1, not 100");
    }

    @Test
    void what_another_one_has_since_is_its_own() {
        Back back = ledger.returnedAll(other, 1_000);
        Hold hold = again(one, "1", 1_100);
        ledger.voided(other, message("q", "1", false), back);
        ledger.settled(hold);
        ledger.voided(other, message("q", "1", false), back);
        ledger.settled(first(one, "2"));
        assertThat(wrong).isEmpty();
    }

    @Test
    void a_key_with_two_consumers_is_noticed() {
        first(one, "1");
        first(other, "2");
        assertThat(wrong).containsExactly("2 came from q while another consumer has some of k");
    }

    @Test
    void a_key_out_of_order_is_noticed() {
        ledger.settled(first(one, "2"));
        first(one, "1");
        assertThat(wrong).containsExactly("1 came from q behind 2, both of k");
    }

    @Test
    void one_that_overtakes_what_was_given_back_is_noticed() {
        ledger.returned(first(one, "1"), 10);
        ledger.settled(first(one, "2"));
        again(one, "1", 200);
        assertThat(wrong).containsExactly("1 came from q behind 2, both of k");
    }

    @Test
    void one_that_overtakes_after_a_kill_is_noticed() {
        ledger.returned(first(other, "1"), 10);
        ledger.begins();
        Holder fresh = ledger.holder(false);
        ledger.settled(first(fresh, "2"));
        again(fresh, "1", 200);
        assertThat(wrong).containsExactly("1 came from q behind 2, both of k");
    }

    @Test
    void a_retry_that_comes_early_is_noticed() {
        ledger.returned(first(one, "1"), 1_000);
        ledger.returned(again(one, "1", 1_100), 1_100);
        ledger.returned(again(one, "1", 1_250), 1_250);
        assertThat(wrong).containsExactly("1 came from q 150 ms after return 2, not 200");
    }

    @Test
    void all_that_is_given_back_at_once_must_wait() {
        first(other, "1");
        first(other, "2");
        ledger.returnedAll(other, 1_000);
        again(other, "1", 1_050);
        assertThat(wrong).containsExactly("1 came from q 50 ms after return 1, not 100");
    }

    @Test
    void what_is_settled_and_comes_again_is_noticed() {
        Hold hold = ledger.handed(one, message("plain", "1", false), 0);
        ledger.settled(hold);
        ledger.handed(one, message("plain", "1", true), 0);
        assertThat(wrong).containsExactly("1 came from plain after it was settled");
    }

    @Test
    void what_comes_to_two_is_noticed() {
        ledger.handed(one, message("plain", "1", false), 0);
        ledger.handed(other, message("plain", "1", true), 0);
        assertThat(wrong).containsExactly("1 came from plain while somebody has it");
    }

    /// One that is stored a second time is new to its broker.
    @Test
    void a_double_that_looks_new_is_noticed() {
        ledger.settled(ledger.handed(one, message("any", "1", false), 0));
        ledger.begins();
        ledger.handed(ledger.holder(false), message("any", "1", false), 0);
        assertThat(wrong).containsExactly("1 came from any again and does not say so");
    }

    @Test
    void what_one_that_is_gone_had_may_come_to_another() {
        ledger.handed(one, message("plain", "1", false), 0);
        ledger.gone(one);
        ledger.handed(other, message("plain", "1", true), 0);
        assertThat(wrong).isEmpty();
    }
}
