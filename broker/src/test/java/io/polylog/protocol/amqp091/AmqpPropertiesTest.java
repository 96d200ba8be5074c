package io.polylog.protocol.amqp091;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.AMQImpl;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// A header is put into a list of properties, or taken out, without touching the rest; made and
/// read by RabbitMQ's Java client.
class AmqpPropertiesTest {
    /// Class, weight and body size, before the flags.
    private static final int BEFORE_FLAGS = 12;

    private static BasicProperties withCount(BasicProperties sent) throws IOException {
        return changed(sent, properties -> properties.withHeaders(Map.of("x-count", 3L)));
    }

    private static BasicProperties changed(
            BasicProperties sent, Function<AmqpProperties, byte[]> change) throws IOException {
        byte[] list = sent.toFrame(1, 0).getPayload();
        AmqpProperties properties = new AmqpProperties();
        properties.scan(list, BEFORE_FLAGS, list.length);
        byte[] changed = change.apply(properties);
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(list, 0, BEFORE_FLAGS);
        header.write(changed);
        return (BasicProperties)
                AMQImpl.readContentHeaderFrom(
                        new DataInputStream(new ByteArrayInputStream(header.toByteArray())));
    }

    @Test
    void into_an_empty_list() throws IOException {
        BasicProperties got = withCount(new BasicProperties());
        assertThat(got)
                .isEqualTo(new BasicProperties.Builder().headers(Map.of("x-count", 3L)).build());
    }

    @Test
    void between_the_properties_around_it() throws IOException {
        BasicProperties.Builder builder =
                new BasicProperties.Builder()
                        .contentType("text/plain")
                        .contentEncoding("gzip")
                        .deliveryMode(2)
                        .timestamp(Date.from(Instant.ofEpochMilli(1_700_000_000_000L)))
                        .clusterId("c");
        BasicProperties got = withCount(builder.build());
        assertThat(got).isEqualTo(builder.headers(Map.of("x-count", 3L)).build());
    }

    @Test
    void behind_the_headers_that_are_there() throws IOException {
        Map<String, Object> headers = new HashMap<>(Map.of("a", 1, "b", true));
        BasicProperties.Builder builder =
                new BasicProperties.Builder().headers(headers).messageId("m");
        BasicProperties got = withCount(builder.build());
        headers.put("x-count", 3L);
        assertThat(got.getHeaders()).isEqualTo(headers);
        assertThat(got.getMessageId()).isEqualTo("m");
    }

    @Test
    void in_place_of_the_one_of_that_name() throws IOException {
        Map<String, Object> headers = Map.of("x-count", 1, "b", true);
        BasicProperties got =
                withCount(new BasicProperties.Builder().headers(headers).messageId("m").build());
        assertThat(got.getHeaders()).isEqualTo(Map.of("x-count", 3L, "b", true));
        assertThat(got.getMessageId()).isEqualTo("m");
    }

    @Test
    void a_header_is_taken_out_from_between_others() throws IOException {
        Map<String, Object> others = Map.of("a", 1, "BC", true, "BCCC", List.of(2), "t", Map.of());
        Map<String, Object> headers = new HashMap<>(others);
        headers.put("BCC", List.of("one", "two"));
        BasicProperties.Builder builder =
                new BasicProperties.Builder().contentType("text/plain").messageId("m");
        BasicProperties got =
                changed(
                        builder.headers(headers).build(),
                        properties -> properties.withoutHeader("BCC"));
        assertThat(got).isEqualTo(builder.headers(others).build());
    }
}
