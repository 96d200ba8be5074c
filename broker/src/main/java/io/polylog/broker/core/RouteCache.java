package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.routing.Route;
import io.polylog.io.Entropy;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The routes a session used lately, forgotten when a definition changes. Used on one loop.
final class RouteCache {
    private static final int MAX_ROUTES = 1024;

    private final long session;
    private final Entropy entropy;
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

    RouteCache(long session, Entropy entropy) {
        this.session = session;
        this.entropy = entropy;
    }

    RoutePlan plan(Address address, Catalog catalog) {
        if (catalog.version() != version) {
            plans.clear();
            last = null;
            version = catalog.version();
        }
        return switch (address) {
            case Address.Via via when !via.copies().isEmpty() ->
                    new RoutePlan(catalog.routes().route(via, entropy), session);
            case Address.Direct direct ->
                    plan(
                            true,
                            direct.topic().namespace(),
                            null,
                            direct.topic().name(),
                            address,
                            catalog);
            case Address.Subject subject ->
                    plan(false, subject.namespace(), null, subject.subject(), address, catalog);
            case Address.Via via ->
                    plan(
                            false,
                            via.namespace(),
                            via.exchange(),
                            via.routingKey(),
                            address,
                            catalog);
        };
    }

    private RoutePlan plan(
            boolean direct,
            String namespace,
            @Nullable String via,
            String name,
            Address address,
            Catalog catalog) {
        if (last != null && lastKey != null && lastKey.same(direct, namespace, via, name)) {
            return last;
        }
        Key key = new Key(direct, namespace, via, name);
        RoutePlan plan = plans.get(key);
        if (plan == null) {
            Route route = catalog.routes().route(address, entropy);
            plan = new RoutePlan(route, session);
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
