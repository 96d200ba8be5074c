package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.routing.Route;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The routes a session used lately, forgotten when a definition changes. Used on one loop.
final class RouteCache {
    private static final int MAX_ROUTES = 1024;

    private final long session;
    private final Ways ways;
    private final Map<Key, RoutePlan> plans = new HashMap<>();
    private long version = -1;
    private @Nullable Key lastKey;
    private @Nullable RoutePlan last;

    private record Key(boolean direct, String namespace, @Nullable String via, String key) {
        boolean same(boolean toOne, String space, @Nullable String exchange, String name) {
            return direct == toOne
                    && key.equals(name)
                    && (via == null ? exchange == null : via.equals(exchange))
                    && namespace.equals(space);
        }
    }

    RouteCache(long session, Ways ways) {
        this.session = session;
        this.ways = ways;
    }

    /// The plan of one message.
    ///
    /// @param content of the message, for bindings that ask about it
    RoutePlan plan(Address address, Content content, Catalog catalog) {
        if (catalog.version() != version) {
            plans.clear();
            last = null;
            version = catalog.version();
        }
        return switch (address) {
            case Address.Via via when !via.copies().isEmpty() ->
                    ways.plan(ways.route(catalog, via, content), via, content, session);
            case Address.Direct direct ->
                    plan(
                            true,
                            direct.topic().namespace(),
                            null,
                            direct.topic().name(),
                            address,
                            content,
                            catalog);
            case Address.Subject subject ->
                    plan(
                            false,
                            subject.namespace(),
                            null,
                            subject.subject(),
                            address,
                            content,
                            catalog);
            case Address.Via via ->
                    plan(
                            false,
                            via.namespace(),
                            via.exchange(),
                            via.routingKey(),
                            address,
                            content,
                            catalog);
        };
    }

    private RoutePlan plan(
            boolean direct,
            String namespace,
            @Nullable String via,
            String name,
            Address address,
            Content content,
            Catalog catalog) {
        if (last != null && lastKey != null && lastKey.same(direct, namespace, via, name)) {
            return last;
        }
        Key key = new Key(direct, namespace, via, name);
        RoutePlan plan = plans.get(key);
        if (plan == null) {
            Route route = ways.route(catalog, address, content);
            plan = ways.plan(route, address, content, session);
            if (!route.byKeysAlone()) {
                return plan;
            }
            if (plans.size() == MAX_ROUTES) {
                plans.clear();
            }
            plans.put(key, plan);
        }
        lastKey = key;
        last = plan;
        return plan;
    }
}
