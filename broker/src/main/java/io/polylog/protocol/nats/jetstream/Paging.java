package io.polylog.protocol.nats.jetstream;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A page of a list, as a request asks for it. Immutable; any thread.
///
/// @param all of which it is a page
/// @param offset how many come before it
/// @param limit most that are on it
record Paging<T>(List<T> all, long offset, int limit) {
    Paging {
        all = List.copyOf(all);
    }

    static <T> Paging<T> of(ObjectNode asked, List<T> all, int limit) {
        return new Paging<>(all, asked.path("offset").asLong(0), limit);
    }

    /// Where in the list it is, as responses say it.
    ObjectNode told() {
        return Json.object().put("total", all.size()).put("offset", offset).put("limit", limit);
    }

    /// What is on it.
    List<T> items() {
        return all.stream().skip(offset).limit(limit).toList();
    }
}
