package io.polylog.protocol.nats.jetstream.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsService;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A request on a subject below `$JS.API.`.
///
/// @param from as it came
/// @param tokens of the subject behind `$JS.API`
public record ApiRequest(NatsService.Request from, List<String> tokens) {
    public static final String PREFIX = "$JS.API.";

    public static ApiRequest of(NatsService.Request from) {
        String subject = from.message().subject();
        return new ApiRequest(from, List.of(subject.substring(PREFIX.length()).split("\\.", -1)));
    }

    public String namespace() {
        return from.namespace();
    }

    public String reply() {
        return from.message().reply();
    }

    /// The token at a place, or "".
    public String token(int place) {
        return place < tokens.size() ? tokens.get(place) : "";
    }

    /// The rest of the subject from a token on.
    public String rest(int place) {
        return place < tokens.size() ? String.join(".", tokens.subList(place, tokens.size())) : "";
    }

    /// Whether it requires more than there is.
    public boolean requiresMore() {
        return from.message().headersLength() > 0
                && ApiLevel.isTooHigh(
                        NatsHeaders.read(from.message().headers()).first(ApiLevel.HEADER));
    }

    public byte[] payload() {
        byte[] payload = new byte[from.message().payload().remaining()];
        from.message().payload().get(payload);
        return payload;
    }

    /// The object that was sent.
    public ObjectNode json() {
        return Json.read(payload());
    }

    /// The object that was sent; an empty one where it is something else than JSON.
    public ObjectNode jsonOrNothing() {
        String text = new String(payload(), UTF_8).strip();
        boolean structured = text.startsWith("{") || text.startsWith("[");
        return structured ? json() : Json.object();
    }

    /// Refuses what has a payload.
    public void checkEmpty() {
        String text = new String(payload(), UTF_8).strip();
        if (!text.isEmpty() && !text.equals("{}")) {
            throw ApiError.PAYLOAD_NOT_EMPTY.plain();
        }
    }
}
