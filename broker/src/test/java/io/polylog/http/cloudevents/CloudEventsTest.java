package io.polylog.http.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.http.cloudevents.EventMapping.Defaults;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloudEventsTest {
    private static final Defaults DEFAULTS =
            new Defaults("orders-0-17", "/topics/orders", "orders", 0);

    private static CloudEvent event(@Nullable String type, byte @Nullable [] data) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("specversion", "1.0");
        attributes.put("id", "a-1");
        attributes.put("source", "/shop");
        attributes.put("type", "OrderPlaced");
        if (type != null) {
            attributes.put("datacontenttype", type);
        }
        return new CloudEvent(attributes, data == null ? null : ByteBuffer.wrap(data));
    }

    private static Message message(@Nullable String contentType, String body, Header... headers) {
        Properties properties =
                new Properties(contentType, null, null, null, null, null, null, null, 0, -1, -1);
        return new Message(
                "orders",
                null,
                properties,
                List.of(headers),
                ByteBuffer.wrap(body.getBytes(UTF_8)));
    }

    private static String text(CloudEvent event) {
        ByteBuffer data = event.data();
        return data == null ? "none" : UTF_8.decode(data.duplicate()).toString();
    }

    // The specification's example (HTTP binding, 3.1.3.2) first.
    @ParameterizedTest
    @CsvSource({
        "Euro € 😀, Euro%20%E2%82%AC%20%F0%9F%98%80",
        "plain, plain",
        "50%, 50%25",
        "say \"yes\", say%20%22yes%22"
    })
    void text_is_percent_encoded_in_headers(String text, String header) {
        assertThat(HttpBinding.encoded(text)).isEqualTo(header);
        assertThat(HttpBinding.decoded(header)).isEqualTo(text);
    }

    @Test
    void no_text_ends_a_header() {
        assertThat(HttpBinding.encoded("a\r\nx-evil: 1\0")).isEqualTo("a%0D%0Ax-evil:%201%00");
    }

    @ParameterizedTest
    @CsvSource({"'\"a b\"', a b", "'\"a \\\" b\"', a \" b", "%, %", "%4, %4", "a%zz, a%zz"})
    void headers_of_other_senders_are_understood(String header, String text) {
        assertThat(HttpBinding.decoded(header)).isEqualTo(text);
    }

    @Test
    void a_header_that_is_no_utf_8_is_refused() {
        assertThatThrownBy(() -> HttpBinding.decoded("%ff"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("UTF-8");
    }

    static Stream<Arguments> data() {
        return Stream.of(
                Arguments.of("application/json", "{\"total\":9.50}", "\"data\":{\"total\":9.50}"),
                Arguments.of("application/vnd.x+json", "[1]", "\"data\":[1]"),
                Arguments.of(null, "{\"a\":1}", "\"data\":{\"a\":1}"),
                Arguments.of(null, "no JSON", "\"data_base64\":\"bm8gSlNPTg==\""),
                Arguments.of("application/json", "{1}", "\"data_base64\":\"ezF9\""),
                Arguments.of("application/json", "1 2", "\"data_base64\":\"MSAy\""),
                Arguments.of("application/json", "", "\"data_base64\":\"\""),
                Arguments.of("text/plain", "hé\"", "\"data\":\"hé\\\"\""),
                Arguments.of("application/xml", "<a/>", "\"data\":\"<a/>\""),
                Arguments.of("application/octet-stream", "x", "\"data_base64\":\"eA==\""));
    }

    @ParameterizedTest
    @MethodSource("data")
    void data_stands_in_json_by_its_type_and_comes_back(
            @Nullable String type, String data, String member) {
        byte[] json = JsonFormat.write(event(type, data.getBytes(UTF_8)));

        assertThat(new String(json, UTF_8)).contains(member);
        assertThat(text(JsonFormat.read(json))).isEqualTo(data);
        assertThat(JsonFormat.read(json).attributes()).isEqualTo(event(type, null).attributes());
    }

    @Test
    void bytes_that_are_no_text_are_base64() {
        byte[] data = {0, (byte) 0xff};
        byte[] json = JsonFormat.write(event("text/plain", data));

        assertThat(new String(json, UTF_8)).contains("\"data_base64\":\"AP8=\"");
    }

    @Test
    void an_event_without_data_has_none_in_any_mode() {
        assertThat(JsonFormat.read(JsonFormat.write(event(null, null))).data()).isNull();
        assertThat(new String(JsonFormat.write(event(null, null)), UTF_8)).doesNotContain("data");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\"}",
                "{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"/s\",\"type\":\"t\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","
                        + "\"A\":\"1\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"a\":[1]}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"a\":1.5}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","
                        + "\"data\":1,\"data_base64\":\"eA==\"}",
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\","
                        + "\"data_base64\":\"!\"}"
            })
    void what_is_no_event_is_refused(String json) {
        assertThatThrownBy(() -> JsonFormat.read(json.getBytes(UTF_8)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void extensions_keep_their_types_in_json_and_are_text_in_headers() {
        Map<String, Object> attributes = new LinkedHashMap<>(event(null, null).attributes());
        attributes.put("sampled", true);
        attributes.put("count", 7);
        CloudEvent event = new CloudEvent(attributes, null);

        assertThat(JsonFormat.read(JsonFormat.write(event)).attributes()).isEqualTo(attributes);
        assertThat(HttpBinding.headers(event))
                .containsEntry("ce-sampled", "true")
                .containsEntry("ce-count", "7");
    }

    @Test
    void a_message_that_is_no_event_becomes_one() {
        Message message =
                message(
                        "application/json",
                        "{}",
                        new Header("traceparent", "00-1"),
                        new Header("shop", "eu"),
                        new Header("Upper-Case", "no name of an attribute"),
                        new Header("type", "not the header but the property is the type"));

        CloudEvent event = EventMapping.event(message, DEFAULTS);

        assertThat(event.attributes())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(
                                "specversion", "1.0",
                                "id", "orders-0-17",
                                "source", "/topics/orders",
                                "type", "io.polylog.message",
                                "time", "1970-01-01T00:00:00Z",
                                "datacontenttype", "application/json",
                                "traceparent", "00-1",
                                "shop", "eu"));
        assertThat(text(event)).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ce-", "ce_", "CE_", "cloudEvents:", "cloudEvents_", ""})
    void what_any_protocol_published_as_an_event_is_that_event_again(String prefix) {
        Message message =
                message(
                        "text/plain",
                        "hi",
                        new Header(prefix + "specversion", "1.0"),
                        new Header(prefix + "id", "a-1"),
                        new Header(prefix + "source", "/shop"),
                        new Header(prefix + "type", "OrderPlaced"));

        CloudEvent event = EventMapping.event(message, DEFAULTS);

        assertThat(event.attributes()).isEqualTo(event("text/plain", null).attributes());
        assertThat(text(event)).isEqualTo("hi");
    }

    @Test
    void an_event_in_json_is_that_event_again() {
        String json = new String(JsonFormat.write(event("text/plain", new byte[] {'h'})), UTF_8);
        Message message = message("application/cloudevents+json; charset=UTF-8", json);

        CloudEvent event = EventMapping.event(message, DEFAULTS);

        assertThat(event.attributes()).isEqualTo(event("text/plain", null).attributes());
        assertThat(text(event)).isEqualTo("h");
    }

    @Test
    void what_only_looks_like_an_event_is_a_plain_message() {
        Message message = message(null, "{}", new Header("ce-specversion", "1.0"));

        assertThat(EventMapping.event(message, DEFAULTS).text("id")).isEqualTo("orders-0-17");
        assertThat(
                        EventMapping.event(message("application/cloudevents+json", "{}"), DEFAULTS)
                                .text("id"))
                .isEqualTo("orders-0-17");
    }

    @Test
    void an_event_becomes_a_message_and_comes_back() {
        Map<String, Object> attributes =
                new LinkedHashMap<>(event("text/plain", null).attributes());
        attributes.put("time", "2026-01-31T12:00:00.5+01:00");
        attributes.put("partitionkey", "order-17");
        attributes.put("count", 7);
        CloudEvent event = new CloudEvent(attributes, ByteBuffer.wrap(new byte[] {'h'}));

        Message message = EventMapping.message(event, "orders");

        assertThat(message.key()).isEqualTo("order-17".getBytes(UTF_8));
        assertThat(message.properties().messageId()).isEqualTo("a-1");
        assertThat(message.properties().type()).isEqualTo("OrderPlaced");
        assertThat(message.properties().timestampMs()).isEqualTo(1769857200500L);
        assertThat(EventMapping.event(message, DEFAULTS).attributes()).isEqualTo(attributes);
    }

    @Test
    void an_event_of_a_request_is_read_from_its_headers() {
        Map<String, String> headers =
                new LinkedHashMap<>(HttpBinding.headers(event("text/plain", null)));
        headers.put("host", "example.com");

        assertThat(HttpBinding.isBinary(headers)).isTrue();
        assertThat(HttpBinding.event(headers, null).attributes())
                .isEqualTo(event("text/plain", null).attributes());
    }

    @Test
    void a_time_that_is_none_is_refused() {
        Map<String, Object> attributes = new LinkedHashMap<>(event(null, null).attributes());
        attributes.put("time", "yesterday");
        CloudEvent event = new CloudEvent(attributes, null);

        assertThatThrownBy(() -> EventMapping.message(event, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("yesterday");
    }

    @Test
    void a_source_names_the_topic_and_a_namespace_of_its_own() {
        assertThat(EventMapping.source(new TopicName("/", "a/b c~ü")))
                .isEqualTo("/topics/a%2Fb%20c~%C3%BC");
        assertThat(EventMapping.source(new TopicName("eu", "orders")))
                .isEqualTo("/namespaces/eu/topics/orders");
    }
}
