package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.crash.StreamLedger.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The ledger of streams notices every kind of broken promise, and nothing else.
class StreamLedgerTest {
    private final List<String> wrong = new ArrayList<>();
    private final StreamLedger ledger = new StreamLedger(wrong::add);

    @BeforeEach
    void store() {
        ledger.subscribed("s::all", "s", _ -> true);
        ledger.subscribed("s::some", "s", id -> !id.equals("b"));
        for (String id : List.of("a", "b")) {
            ledger.attempted("s", id);
            ledger.confirmed("s", id);
        }
        ledger.attempted("s", "unknown");
    }

    private void get(String... ids) {
        for (String id : ids) {
            ledger.came("s::all", id);
        }
        ledger.came("s::some", "a");
    }

    @Test
    void what_stands_once_and_came_to_all_who_want_it_is_right() {
        ledger.stands("s", 0, "a");
        ledger.stands("s", 1, "b");
        ledger.stands("s", 0, "a");
        get("a", "b", "a");
        assertThat(wrong).isEmpty();
        assertThat(ledger.verdict()).isEmpty();
    }

    @Test
    void what_is_lost_is_noticed() {
        ledger.stands("s", 0, "a");
        get("a");
        assertThat(ledger.verdict())
                .containsExactly(
                        "b was confirmed, and is lost in s",
                        "b was confirmed, and never came to s::all");
    }

    @Test
    void what_was_there_and_is_gone_is_noticed() {
        ledger.stands("s", 0, "a");
        ledger.stands("s", 1, "b");
        get("a", "b");
        ledger.looks();
        ledger.stands("s", 0, "a");
        assertThat(ledger.verdict()).containsExactly("b was confirmed, and is lost in s");
    }

    @Test
    void what_is_doubled_is_noticed() {
        ledger.stands("s", 0, "a");
        ledger.stands("s", 1, "b");
        ledger.stands("s", 2, "a");
        get("a", "b");
        assertThat(ledger.verdict()).containsExactly("a is at 0 and at 2 of s");
    }

    @Test
    void what_is_invented_is_noticed() {
        ledger.stands("s", 0, "x");
        ledger.came("s::all", "y");
        assertThat(wrong).containsExactly("x in s was never sent", "y in s::all was never sent");
    }

    @Test
    void an_offset_that_names_something_else_is_noticed() {
        ledger.stands("s", 0, "a");
        ledger.stands("s", 0, "b");
        assertThat(wrong).containsExactly("offset 0 of s is b and was a");
    }

    @Test
    void what_was_stored_against_its_condition_is_noticed() {
        Map<String, Condition> conditions =
                Map.of(
                        "a", new Condition("k", false, null),
                        "b", new Condition("l", false, 0L),
                        "c", new Condition("k", true, 0L),
                        "d", new Condition("l", true, -1L),
                        "e", new Condition("m", false, 2L));
        TreeMap<Long, String> places =
                new TreeMap<>(Map.of(0L, "a", 1L, "b", 2L, "c", 3L, "d", 4L, "e"));
        assertThat(StreamLedger.broken(places, conditions::get))
                .containsExactly(
                        "d is at 3 and expected -1, not 1", "e is at 4 and expected 2, not 3");
    }
}
