package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.crash.KeptMessages.Kept;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whoever looks at what streams hold notices what is missing, doubled, in the wrong place or still
/// there, and nothing else.
class KeptMessagesTest {
    private static final Kept A = new Kept(1, "a", "a", "", "");
    private static final Kept B = new Kept(3, "b", "b", "", "");
    private static final Kept C = new Kept(4, "c", "c", "", "");
    private static final KeptMessages ORIGIN = of(A, B, C);

    private static KeptMessages of(Kept... all) {
        return new KeptMessages(List.of(all));
    }

    private static Kept at(long sequence, Kept message) {
        return new Kept(sequence, message.subject(), message.text(), "", "");
    }

    @Test
    void a_copy_that_is_right() {
        assertThat(of(A, B, C).wrongCopyOf(ORIGIN, true)).isEmpty();
        assertThat(of(A, at(2, B), at(3, C)).wrongCopyOf(ORIGIN, false)).isEmpty();
    }

    @Test
    void a_copy_that_is_wrong() {
        assertThat(of(A, B).wrongCopyOf(ORIGIN, true)).isNotEmpty();
        assertThat(of(A, C).wrongCopyOf(ORIGIN, true)).isNotEmpty();
        assertThat(of(A, B, at(4, B), at(5, C)).wrongCopyOf(ORIGIN, false)).isNotEmpty();
        assertThat(of(A, at(2, C), at(3, B)).wrongCopyOf(ORIGIN, false)).isNotEmpty();
        assertThat(of(A, at(2, B), C).wrongCopyOf(ORIGIN, true)).isNotEmpty();
    }

    @Test
    void schedules() {
        Kept first = new Kept(1, "s", "", "1", "");
        Kept second = new Kept(2, "s", "", "2", "");
        Kept again = new Kept(3, "s", "", "2", "");
        assertThat(of(first, second).wrongSchedule("s", 2, 9)).isEmpty();
        assertThat(of(first, second, again).wrongSchedule("s", 2, 9)).isNotEmpty();
        assertThat(of(first).wrongSchedule("s", 1, 1)).isEmpty();
        assertThat(of(first).wrongSchedule("other", 1, 1)).isNotEmpty();
        assertThat(of(first, second).wrongSchedule("s", 1, 1)).isNotEmpty();
        assertThat(of(first).wrongSchedule("s", 2, 9)).isNotEmpty();
    }

    @Test
    void ends() {
        Kept message = new Kept(1, "k", "v", "", "");
        Kept marker = new Kept(2, "k", "", "", "MaxAge");
        assertThat(of(A, marker).wrongEnd("k")).isEmpty();
        assertThat(of(A).wrongEnd("k")).isNotEmpty();
        assertThat(of(message).wrongEnd("k")).isNotEmpty();
        assertThat(of(message, marker).wrongEnd("k")).isNotEmpty();
        assertThat(of(marker, marker).wrongEnd("k")).isNotEmpty();
    }
}
