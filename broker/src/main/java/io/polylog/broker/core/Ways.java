package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.core.RoutePlan.Branch;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.routing.Route;
import io.polylog.broker.routing.Route.Made;
import io.polylog.broker.routing.Route.Rejected;
import io.polylog.broker.routing.Screening;
import io.polylog.broker.routing.Screening.Passed;
import io.polylog.broker.shard.Removals.DeadLetterFate;
import java.util.ArrayList;
import java.util.List;

/// Works out where a message goes, and what else goes where because of bindings that say something
/// of it. Any thread.
final class Ways {
    private final Core core;

    Ways(Core core) {
        this.core = core;
    }

    /// The plan of one message.
    ///
    /// @param address what it is published to
    /// @param session of the sender, or another number that chooses among partitions
    RoutePlan plan(Address address, Content content, long session) {
        return plan(route(core.catalog(), address, content), address, content, session);
    }

    /// Where one message goes.
    Route route(Catalog catalog, Address address, Content content) {
        return catalog.routes().route(address, core.entropy(), new BindingScreen(core, content));
    }

    /// The plan of a message whose route is known.
    RoutePlan plan(Route route, Address address, Content content, long session) {
        if (route.made().isEmpty() && route.rejected().isEmpty()) {
            return new RoutePlan(route, List.of(), session);
        }
        List<Branch> branches = new ArrayList<>(madeOf(route, address, session));
        for (Rejected rejected : route.rejected()) {
            branches.addAll(letter(rejected, Publisher.origin(address), content, session));
        }
        return new RoutePlan(route, branches, session);
    }

    private static List<Branch> madeOf(Route route, Address address, long session) {
        List<Branch> branches = new ArrayList<>();
        for (Made made : route.made()) {
            RoutePlan plan =
                    new RoutePlan(
                            route.found(), made.targets(), List.of(), made.subjects(), session);
            Address to =
                    address instanceof Address.Via via
                            ? new Address.Via(
                                    via.namespace(),
                                    via.exchange(),
                                    via.routingKey(),
                                    via.copies(),
                                    made.shape().metadata())
                            : address;
            branches.add(new Branch(made.shape().content(), to, plan));
        }
        return branches;
    }

    /// The way of a message as a dead letter of a queue that it would have gone to. Bindings that
    /// cannot be asked about that either do not lead on.
    private List<Branch> letter(
            Rejected rejected, Origin published, Content content, long session) {
        DeadLetter letter =
                DeadLetter.of(
                        core,
                        rejected.queue(),
                        new DeadLetter.Death(
                                Cause.REJECTED, rejected.error(), core.clock().wallMs()),
                        published,
                        rejected.content(content));
        List<Branch> branches = letter == null ? List.of() : branches(letter, session);
        boolean moved = branches.stream().anyMatch(each -> !each.plan().isEmpty());
        core.removals().deadLetters(moved ? DeadLetterFate.MOVED : DeadLetterFate.UNROUTABLE, 1);
        return branches;
    }

    private List<Branch> branches(DeadLetter letter, long session) {
        Route route =
                core.catalog()
                        .routes()
                        .route(letter.address(), core.entropy(), last(letter.content()));
        List<Branch> branches = new ArrayList<>(madeOf(route, letter.address(), session));
        RoutePlan plan = new RoutePlan(route, List.of(), session);
        branches.add(new Branch(letter.content(), letter.address(), plan));
        return branches;
    }

    private Screening last(Content content) {
        BindingScreen screen = new BindingScreen(core, content);
        return (filter, shape) -> {
            Passed passed = screen.pass(filter, shape);
            return passed.fate() == Screening.Fate.REJECTED ? Passed.NOT : passed;
        };
    }
}
