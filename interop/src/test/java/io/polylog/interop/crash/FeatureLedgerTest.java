package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.crash.HandlingLedger.Handed;
import org.junit.jupiter.api.Test;

/// The ledger notices every kind of broken promise, and nothing else.
class FeatureLedgerTest {
    private final FeatureLedger ledger = new FeatureLedger();

    private void confirmed(String... ids) {
        for (String id : ids) {
            ledger.sent(id, 0, false);
            ledger.confirmed(id);
        }
    }

    @Test
    void what_is_found_once_or_was_acknowledged_is_right() {
        confirmed("kept", "done", "maybe", "moved");
        ledger.sent("unknown", 0, false);
        ledger.sent("dropped", 0, true);
        ledger.confirmed("dropped");
        ledger.delivered("done", "q", 10);
        ledger.acknowledged("done");
        ledger.acknowledged("maybe");
        ledger.committed("moved");
        ledger.found("kept", "q", false);
        ledger.found("maybe", "dead", false);
        ledger.found("moved", "out", true);
        assertThat(ledger.verdict()).isEmpty();
        assertThat(ledger.confirmedCount()).isEqualTo(5);
    }

    @Test
    void what_is_lost_is_noticed() {
        confirmed("a", "b");
        ledger.found("a", "q", false);
        assertThat(ledger.verdict()).containsExactly("b was confirmed, and is lost");
    }

    @Test
    void what_is_doubled_is_noticed() {
        confirmed("a");
        ledger.found("a", "q", false);
        ledger.found("a", "dead", false);
        assertThat(ledger.verdict()).containsExactly("a is in q and in dead");
    }

    @Test
    void what_is_invented_is_noticed() {
        ledger.delivered("x", "q", 0);
        assertThat(ledger.verdict()).containsExactly("x in q was never sent");
    }

    @Test
    void what_comes_early_is_noticed() {
        ledger.sent("a", 1_000, true);
        ledger.delivered("a", "q", 900);
        assertThat(ledger.verdict()).containsExactly("a came from q 100 ms early");
    }

    @Test
    void what_an_operator_asked_to_throw_away_may_be_gone() {
        confirmed("a", "b");
        ledger.discarded("a", false);
        ledger.discarded("b", false);
        ledger.found("b", "dead", false);
        assertThat(ledger.verdict()).isEmpty();
    }

    @Test
    void what_was_thrown_away_and_comes_back_is_noticed() {
        confirmed("a", "b");
        ledger.discarded("a", true);
        ledger.discarded("b", true);
        ledger.delivered("a", "q", 0);
        ledger.found("b", "dead", false);
        assertThat(ledger.verdict())
                .containsExactly(
                        "a is in q after it was thrown away",
                        "b is in dead after it was thrown away");
    }

    @Test
    void what_is_wrong_with_streams_and_with_handling_is_part_of_it() {
        ledger.streams().confirmed("s", "a");
        ledger.streams().stands("s", 0, "x");
        Handed handed = new Handed("q", "a", "k", 0, true, false);
        ledger.handling().handed(ledger.handling().holder(true), handed, 0);
        ledger.handling().handed(ledger.handling().holder(true), handed, 0);
        assertThat(ledger.verdict())
                .containsExactly(
                        "x in s was never sent",
                        "a came from q again and does not say so",
                        "a was confirmed, and is lost in s");
    }

    @Test
    void half_a_transaction_is_noticed() {
        confirmed("a", "b", "c");
        ledger.committed("a");
        ledger.committed("b");
        ledger.committed("c");
        ledger.delivered("a", "q", 0);
        ledger.found("a", "out", true);
        ledger.found("b", "q", false);
        assertThat(ledger.verdict())
                .containsExactly(
                        "a came from q after the commit that settled it",
                        "b is in q after the commit that settled it",
                        "c was committed, and is not where it was put");
    }
}
