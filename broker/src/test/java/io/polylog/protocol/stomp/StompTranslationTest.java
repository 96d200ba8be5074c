package io.polylog.protocol.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.TranslationTable;
import io.polylog.protocol.TranslationTable.Row;
import io.polylog.protocol.stomp.StompFrame.Headers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of STOMP's tables in `docs/translation.md` holds, in each direction it states.
class StompTranslationTest {
    private static final byte[] BODY = {1, 2, 3};

    static Stream<Row> toNeutral() throws IOException {
        return TranslationTable.rows("STOMP", "| STOMP |").filter(Row::toNeutral);
    }

    static Stream<Row> fromNeutral() throws IOException {
        return TranslationTable.rows("STOMP", "| STOMP |").filter(Row::fromNeutral);
    }

    static Stream<Row> values() throws IOException {
        return TranslationTable.rows("STOMP", "| STOMP header");
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(TranslationTable.rows("STOMP", "| STOMP |")).hasSizeGreaterThan(15);
        assertThat(values()).hasSizeGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource("toNeutral")
    void a_stomp_header_becomes_the_neutral_field(Row row) {
        Headers headers = new Headers();
        boolean address = row.field().equals("destination");
        if (!address) {
            headers.add(row.field(), row.example());
        }
        ByteBuffer stored =
                StompContent.of(address ? row.example() : "", headers, ByteBuffer.wrap(BODY));

        Message message = new StompMapping().open(stored).getFirst();

        assertThat(row.of(message)).isEqualTo(row.becomes());
        if (!row.neutral().equals("no value")) {
            assertThat(message.body()).isEqualTo(ByteBuffer.wrap(BODY));
        }
        if (!row.isHeader()) {
            assertThat(message.headers()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("fromNeutral")
    void a_neutral_field_becomes_the_stomp_header(Row row) {
        StompContent content =
                StompContent.wrap(
                        StompMapping.stored(row.message(BODY), "/topic/" + row.becomes()));

        String value =
                row.field().equals("destination")
                        ? content.destination()
                        : content.headers().first(row.field());
        assertThat(value).isEqualTo(row.example());
        assertThat(content.body())
                .isEqualTo(row.neutral().equals("no value") ? empty() : ByteBuffer.wrap(BODY));
    }

    private static ByteBuffer empty() {
        return ByteBuffer.allocate(0);
    }

    @ParameterizedTest
    @MethodSource("values")
    void a_neutral_value_becomes_a_stomp_header(Row row) {
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(
                                new Header(
                                        "v", TranslationTable.value(row.neutral(), row.becomes()))),
                        ByteBuffer.wrap(BODY));

        String text = StompContent.wrap(StompMapping.stored(message, "q")).headers().first("v");

        assertThat(text == null ? "nothing" : text).isEqualTo(row.field());
    }

    @Test
    void what_would_break_a_frame_or_pass_for_the_brokers_own_word_is_left_out() {
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(
                                new Header("a\0b", "x"),
                                new Header("c", "x\0y"),
                                new Header("", "x"),
                                new Header("message-id", "x"),
                                new Header("content-length", "1"),
                                new Header("priority", "high")),
                        ByteBuffer.wrap(BODY));

        Headers headers = StompContent.wrap(StompMapping.stored(message, "q")).headers();

        assertThat(headers.size()).isEqualTo(2);
        assertThat(headers.first("persistent")).isEqualTo("true");
        assertThat(headers.first("priority")).isEqualTo("high");
    }
}
