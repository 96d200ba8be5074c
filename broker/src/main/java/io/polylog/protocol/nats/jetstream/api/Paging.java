package io.polylog.protocol.nats.jetstream.api;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A page of a list, as a request asks for it. Immutable; any thread.
///
/// @param all of which it is a page
/// @param offset how many come before it
/// @param limit most that are on it
public record Paging<T>(List<T> all, long offset, int limit) {
    public Paging {
        all = List.copyOf(all);
    }

    public static <T> Paging<T> of(ObjectNode asked, List<T> all, int limit) {
        return new Paging<>(all, asked.path("offset").asLong(0), limit);
    }

    /// Where in the list it is, as responses say it.
    public ObjectNode told() {
        return Json.object().put("total", all.size()).put("offset", offset).put("limit", limit);
    }

    /// What is on it.
    public List<T> items() {
        return all.stream().skip(offset).limit(limit).toList();
    }
}
