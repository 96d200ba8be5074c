package io.polylog.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LinesTest {
    private static final int TEXTS = 20_000;

    /// Against a search byte by byte, over texts of bytes that differ from a line feed by little.
    @Test
    void a_line_ends_at_the_next_line_feed() {
        Random random = new Random(7);
        for (int i = 0; i < TEXTS; i++) {
            byte[] text = new byte[random.nextInt(40)];
            for (int at = 0; at < text.length; at++) {
                text[at] = (byte) (random.nextInt(8) == 0 ? '\n' : '\n' + random.nextInt(-1, 256));
            }
            int from = random.nextInt(text.length + 1);
            int end = from;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
            assertThat(Lines.end(text, from)).isEqualTo(end);
        }
    }
}
