package io.polylog.protocol.nats.jetstream.publishing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Content;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.SourceConfig;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a counter is at, which the newest message of its subject says (nats-server's ADR-49).
/// Immutable; any thread.
///
/// @param offset of that message, or -1 where there is none
/// @param sources what is counted of other streams: that message's header [#SOURCES], or null
record Total(long offset, BigInteger value, @Nullable String sources) {
    /// The counter of a subject that has no message.
    static final Total NONE = new Total(-1, BigInteger.ZERO, null);

    /// The header that says by how much a message raises its counter.
    static final String INCREMENT = "Nats-Incr";

    /// The header with the newest value of each counter that was added from elsewhere: a JSON
    /// object of streams, each one of subjects there.
    private static final String SOURCES = "Nats-Counter-Sources";

    private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]+");

    /// What becomes of a counter.
    ///
    /// @param total what it is at, without an offset
    /// @param content the message that says so
    record Raised(Total total, Content content) {}

    /// The number of a header [#INCREMENT].
    ///
    /// @throws ApiException where it is none
    static BigInteger increment(String header) {
        if (!NUMBER.matcher(header).matches()) {
            throw ApiError.INVALID_INCREMENT.plain();
        }
        return new BigInteger(header);
    }

    /// What a stored message says.
    ///
    /// @throws ApiException where it is no sum
    static Total of(Lookup.Found found) {
        NatsContent message = found.message();
        String sources = NatsHeaders.read(message.headers()).first(SOURCES);
        return new Total(found.offset(), value(message), sources);
    }

    /// The sum that a message's payload is.
    private static BigInteger value(NatsContent message) {
        return number(object(bytes(message.payload())).path("val").asString(""));
    }

    private static BigInteger number(String text) {
        if (!NUMBER.matcher(text).matches()) {
            throw ApiError.COUNTER_BROKEN.plain();
        }
        return new BigInteger(text);
    }

    private static JsonNode object(byte[] json) {
        try {
            return Json.read(json);
        } catch (ApiException none) {
            throw ApiError.COUNTER_BROKEN.plain();
        }
    }

    private static byte[] bytes(ByteBuffer payload) {
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        return bytes;
    }

    /// The same as a message at an offset says it.
    Total at(long where) {
        return new Total(where, value, sources);
    }

    /// What it becomes by a message that says by how much.
    ///
    /// @throws ApiException where it says no number
    Raised plus(Content more) {
        NatsContent message = NatsContent.wrap(more.bytes());
        String said = NatsHeaders.read(message.headers()).first(INCREMENT);
        Total sum = new Total(-1, value.add(increment(String.valueOf(said))), sources);
        return new Raised(sum, sum.in(more, message, message.headers()));
    }

    /// What it becomes by a message of a counter elsewhere: by how much that one's sum is another
    /// than what is counted of it, whatever the message says. So what did not come is counted too,
    /// and nothing twice.
    ///
    /// @param more with a header [SourceConfig#HEADER]
    /// @throws ApiException where it is no message of a counter
    Raised plusSourced(Content more) {
        NatsContent message = NatsContent.wrap(more.bytes());
        NatsHeaders headers = NatsHeaders.read(message.headers());
        String said = headers.first(INCREMENT);
        if (said == null || said.isEmpty()) {
            throw ApiError.NO_INCREMENT.plain();
        }
        increment(said);
        BigInteger there = value(message);
        String[] from = String.valueOf(headers.first(SourceConfig.HEADER)).split(" ", 5);
        Map<String, Map<String, String>> counted = counted();
        String before =
                counted.computeIfAbsent(from[0], _ -> new TreeMap<>())
                        .put(from[from.length - 1], there.toString());
        BigInteger difference = before == null ? there : there.subtract(number(before));
        Total sum = new Total(-1, value.add(difference), Json.write(counted));
        byte[] without = NatsHeaders.without(message.headers(), INCREMENT::equalsIgnoreCase);
        byte[] raised = NatsHeaders.with(without, INCREMENT, difference.toString());
        return new Raised(sum, sum.in(more, message, raised));
    }

    /// The values that are counted, by stream and subject there.
    private Map<String, Map<String, String>> counted() {
        Map<String, Map<String, String>> all = new TreeMap<>();
        if (sources != null) {
            for (Map.Entry<String, JsonNode> stream :
                    object(sources.getBytes(UTF_8)).properties()) {
                Map<String, String> subjects = new TreeMap<>();
                stream.getValue()
                        .properties()
                        .forEach(each -> subjects.put(each.getKey(), each.getValue().asString("")));
                all.put(stream.getKey(), subjects);
            }
        }
        return all;
    }

    /// A message with the sum as its payload, and with what is counted of others.
    private Content in(Content content, NatsContent message, byte[] headers) {
        byte[] all =
                sources == null
                        ? headers
                        : NatsHeaders.with(
                                NatsHeaders.without(headers, SOURCES::equalsIgnoreCase),
                                SOURCES,
                                sources);
        ByteBuffer payload = ByteBuffer.wrap(("{\"val\":\"" + value + "\"}").getBytes(UTF_8));
        return new Content(
                content.encoding(),
                content.envelope(),
                NatsContent.of(message.subject(), message.reply(), all, payload));
    }
}
