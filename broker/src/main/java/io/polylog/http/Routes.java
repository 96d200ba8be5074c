package io.polylog.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which endpoint serves which requests, by method and path. Filled before the first request; then
/// any thread.
public final class Routes {
    private final Map<Integer, List<Route>> byLength = new HashMap<>();

    /// @param parts of the path; `{name}` stands for any
    private record Route(String[] parts, Map<String, Endpoint> byMethod) {}

    /// What serves a request.
    ///
    /// @param parameters the parts of its path that have names
    record Match(Endpoint endpoint, Map<String, String> parameters) {}

    /// Adds one.
    ///
    /// @param method in capitals
    /// @param path such as `/queues/{name}`; one with fewer names goes first
    public Routes add(String method, String path, Endpoint endpoint) {
        String[] parts = parts(path);
        List<Route> same = byLength.computeIfAbsent(parts.length, _ -> new ArrayList<>());
        for (Route route : same) {
            if (String.join("/", route.parts).equals(String.join("/", parts))) {
                route.byMethod.put(method, endpoint);
                return this;
            }
        }
        Route added = new Route(parts, new TreeMap<>());
        added.byMethod.put(method, endpoint);
        same.add(added);
        same.sort((a, b) -> names(a.parts) - names(b.parts));
        return this;
    }

    /// The methods of each path.
    public SortedMap<String, SortedSet<String>> all() {
        SortedMap<String, SortedSet<String>> all = new TreeMap<>();
        byLength.values()
                .forEach(routes ->
                        routes.forEach(route ->
                                all.put(
                                        "/" + String.join("/", route.parts),
                                        new TreeSet<>(route.byMethod.keySet()))));
        return all;
    }

    private static int names(String... parts) {
        int names = 0;
        for (String part : parts) {
            names += part.startsWith("{") ? 1 : 0;
        }
        return names;
    }

    private static String[] parts(String path) {
        return path.substring(1).split("/", -1);
    }

    /// Finds what serves a request.
    ///
    /// @param path as it was sent, still encoded
    /// @throws Refusal 400, 404 or 405
    Match find(String method, String path) {
        String[] parts = path.startsWith("/") ? parts(path) : new String[0];
        Route wrong = null;
        for (Route route : byLength.getOrDefault(parts.length, List.of())) {
            Map<String, String> parameters = parameters(route.parts, parts);
            if (parameters == null) {
                continue;
            }
            Endpoint endpoint = route.byMethod.get(method);
            if (endpoint == null && method.equals("HEAD")) {
                endpoint = route.byMethod.get("GET");
            }
            if (endpoint != null) {
                return new Match(endpoint, parameters);
            }
            wrong = route;
        }
        if (wrong == null) {
            throw new Refusal(Status.NOT_FOUND, "NOT_FOUND", "nothing is at " + path, null);
        }
        String possible = String.join(", ", wrong.byMethod.keySet());
        throw new Refusal(
                Status.METHOD_NOT_ALLOWED,
                "METHOD",
                method + " is not for " + path,
                "it takes " + possible);
    }

    private static @Nullable Map<String, String> parameters(String[] route, String... parts) {
        Map<String, String> parameters = Map.of();
        for (int i = 0; i < route.length; i++) {
            if (route[i].startsWith("{")) {
                parameters = parameters.isEmpty() ? new LinkedHashMap<>() : parameters;
                parameters.put(route[i].substring(1, route[i].length() - 1), decoded(parts[i]));
            } else if (!route[i].equals(parts[i])) {
                return null;
            }
        }
        return parameters;
    }

    private static String decoded(String part) {
        try {
            return QueryStringDecoder.decodeComponent(part.replace("+", "%2B"));
        } catch (IllegalArgumentException bad) {
            throw new Refusal(
                    Status.BAD_REQUEST, "INVALID", "the address: " + bad.getMessage(), null);
        }
    }
}
