package io.polylog.broker.core;

import io.polylog.broker.Append;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.Topic;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.routing.Route;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Where the records of a producer's batch go beside its topic: all to the same streams, or, where
/// bindings ask about them, each its own ways. On the session's loop.
final class Besides {
    private final Core core;
    private final List<Content> records;
    private final Address address;
    private final int partition;

    /// Of all records, or of each; none where there are none.
    private final List<RoutePlan> plans = new ArrayList<>(1);

    /// By record, what of it goes where; null where all go to the same streams.
    private final @Nullable List<List<Copy>> copies;

    private final List<RoutePlan.Leg> legs;

    /// A record, or what bindings made of it.
    ///
    /// @param address what it is published to
    /// @param legs that it goes by
    /// @param published whether it is the record itself, which its own topic has too
    private record Copy(
            Address address, Content content, List<RoutePlan.Leg> legs, boolean published) {
        /// Those of some streams of a shard that take it.
        ///
        /// @param home of the record's topic
        long[] of(long[] streams, long home) {
            return LongStream.of(streams)
                    .filter(stream ->
                            stream == home
                                    ? published
                                    : legs.stream().anyMatch(leg -> leg.has(stream)))
                    .toArray();
        }
    }

    /// Stores what of a record goes to streams.
    @FunctionalInterface
    interface Storing {
        /// Stores one for streams of one shard.
        ///
        /// @param address what it is published to
        void store(Address address, Content content, long[] streams);
    }

    /// Of one batch.
    ///
    /// @param session number of the sender's
    Besides(Core core, Catalog catalog, Topic topic, Append append, long session) {
        this.core = core;
        records = append.opened();
        partition = append.partition();
        address = new Address.Direct(topic.spec().name(), partition);
        boolean asked = true;
        for (int at = 0; at < records.size() && asked; at++) {
            BindingScreen screen = new BindingScreen(core, records.get(at));
            Route route = catalog.routes().beside(topic, core.entropy(), screen);
            plans.add(core.ways().plan(route, address, records.get(at), session));
            asked = screen.wasAsked(); // if not about the first, then about none
        }
        copies = asked && !records.isEmpty() ? copies() : null;
        legs =
                copies != null
                        ? legs(copies)
                        : records.isEmpty() ? List.of() : legs(plans.getFirst(), 0);
    }

    private List<RoutePlan.Leg> legs(RoutePlan plan, int at) {
        return plan.legs(records.get(at), partition);
    }

    private List<List<Copy>> copies() {
        List<List<Copy>> all = new ArrayList<>(records.size());
        for (int at = 0; at < records.size(); at++) {
            RoutePlan plan = plans.get(at);
            List<Copy> ofOne = new ArrayList<>();
            ofOne.add(new Copy(address, records.get(at), legs(plan, at), true));
            for (RoutePlan.Branch branch : plan.branches()) {
                List<RoutePlan.Leg> ways = branch.plan().legs(branch.content(), partition);
                ofOne.add(new Copy(branch.address(), branch.content(), ways, false));
            }
            all.add(ofOne);
        }
        return all;
    }

    /// All by which some record goes.
    private static List<RoutePlan.Leg> legs(List<List<Copy>> copies) {
        Map<Integer, Map<Long, KeyOrder>> byShard = new TreeMap<>();
        Set<Integer> indexed = new HashSet<>();
        for (List<Copy> ofOne : copies) {
            for (Copy copy : ofOne) {
                for (RoutePlan.Leg leg : copy.legs) {
                    Map<Long, KeyOrder> streams =
                            byShard.computeIfAbsent(leg.shard(), _ -> new TreeMap<>());
                    for (long stream : leg.streams()) {
                        streams.put(stream, leg.order(stream));
                    }
                    if (leg.indexed()) {
                        indexed.add(leg.shard());
                    }
                }
            }
        }
        return byShard.entrySet().stream()
                .map(each -> leg(each.getKey(), each.getValue(), indexed.contains(each.getKey())))
                .toList();
    }

    private static RoutePlan.Leg leg(int shard, Map<Long, KeyOrder> streams, boolean indexed) {
        long[] ids = streams.keySet().stream().mapToLong(Long::longValue).toArray();
        return new RoutePlan.Leg(shard, ids, List.copyOf(streams.values()), null, indexed);
    }

    /// The streams by shard that take some of the records.
    List<RoutePlan.Leg> legs() {
        return legs;
    }

    /// Why a record does not fit where it goes, or what bindings made of it; null where all does.
    @Nullable String problem(int at) {
        if (plans.isEmpty()) {
            return null;
        }
        RoutePlan plan = copies == null ? plans.getFirst() : plans.get(at);
        String problem = plan.problem(records.get(at), core.schemas());
        for (RoutePlan.Branch branch : plan.branches()) {
            problem =
                    problem == null
                            ? branch.plan().problem(branch.content(), core.schemas())
                            : problem;
        }
        return problem;
    }

    /// What bindings made of records, and their dead letters.
    List<RoutePlan.Branch> branches() {
        return plans.stream().flatMap(plan -> plan.branches().stream()).toList();
    }

    /// Stores what of the records goes to streams of one shard, in order.
    ///
    /// @param home the stream of the records' own topic, which may be among those
    void store(long[] streams, long home, Storing storing) {
        for (int at = 0; at < records.size(); at++) {
            if (copies == null) {
                storing.store(address, records.get(at), streams);
                continue;
            }
            for (Copy copy : copies.get(at)) {
                long[] those = copy.of(streams, home);
                if (those.length > 0) {
                    storing.store(copy.address, copy.content, those);
                }
            }
        }
    }
}
