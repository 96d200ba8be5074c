package io.polylog.protocol.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SessionRecordTest {
    private static final ClientKey KEY = new ClientKey("/", "client");

    private static SessionRecord record(long expirySeconds, Will will) {
        return new SessionRecord(
                KEY,
                "ann",
                expirySeconds,
                1000,
                List.of(
                        new Filter("a/#", 2, true, true, 1, 456_789),
                        new Filter("$share/g/b", 1, false, false, 0, 0)),
                will);
    }

    private static Will will(long delaySeconds) {
        return new Will("w", 1, true, delaySeconds, -1, new byte[] {1}, new byte[] {2, 3});
    }

    @Test
    void what_is_written_is_read() {
        SessionRecord before = record(SessionRecord.NEVER, will(5));
        SessionRecord after = SessionRecord.read(before.stored());
        assertThat(after).usingRecursiveComparison().isEqualTo(before);
        assertThat(ClientKey.of(KEY.toString())).isEqualTo(KEY);
    }

    @Test
    void a_will_is_due_after_its_delay_and_not_after_the_end_of_its_session() {
        assertThat(record(60, will(5)).willAtMs()).isEqualTo(6000);
        assertThat(record(2, will(5)).willAtMs()).isEqualTo(3000);
        assertThat(record(0, will(5)).willAtMs()).isEqualTo(1000);
        assertThat(record(SessionRecord.NEVER, will(5)).willAtMs()).isEqualTo(6000);
    }

    @Test
    void a_session_without_an_end_and_a_will_is_left_alone() {
        assertThat(record(SessionRecord.NEVER, null).isMortal()).isFalse();
        assertThat(record(SessionRecord.NEVER, will(0)).isMortal()).isTrue();
        assertThat(record(9, null).dueAtMs()).isEqualTo(10_000);
    }
}
