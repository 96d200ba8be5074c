package io.polylog.broker.routing;

import io.polylog.broker.Topic;
import io.polylog.broker.routing.Route.Made;
import io.polylog.broker.routing.Route.Rejected;
import io.polylog.broker.routing.Screening.Passed;
import io.polylog.broker.routing.Screening.Shape;
import io.polylog.broker.routing.Target.Condition;
import io.polylog.message.TopicName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One routing decision on its way through the exchanges. Each exchange is entered once, and each
/// topic or queue reached once: by bindings without a condition first, then by those with one, in
/// the order in which the exchanges were entered and the bindings made. Used by one thread.
final class Walk {
    private final Routes routes;
    private final String namespace;
    private final @Nullable Screening screening;
    private final Set<String> entered = new HashSet<>();

    /// Names of topics and queues.
    private final Set<String> reached = new HashSet<>();

    /// What bindings made of the message.
    private final List<Form> forms = new ArrayList<>(0);

    private final List<Rejected> rejected = new ArrayList<>(0);

    /// Exchanges whose bindings with a condition are not looked at yet.
    private final Deque<Crossing> crossings = new ArrayDeque<>(0);

    private boolean byKeysAlone = true;

    /// The message as it was published, or what a binding made of it.
    private static final class Form {
        /// Null for as published.
        private final @Nullable Shape shape;

        /// What it shows to exchanges.
        private final Lookup lookup;

        /// Topics that it reaches.
        private final List<Topic> topics = new ArrayList<>();

        /// Whether it came to the subject exchange.
        private boolean hasSubjects;

        Form(@Nullable Shape shape, Lookup lookup) {
            this.shape = shape;
            this.lookup = lookup;
        }
    }

    /// Bindings with a condition that a message may go by from an exchange.
    ///
    /// @param targets theirs, in the order in which they were made
    /// @param matched whether it goes on from there by others
    private record Crossing(
            Source source, Form form, Collection<Target> targets, boolean matched) {}

    /// @param screening asks bindings with a filter; null for wherever a message might go
    Walk(Routes routes, String namespace, @Nullable Screening screening) {
        this.routes = routes;
        this.namespace = namespace;
        this.screening = screening;
    }

    Route from(String exchange, Lookup message) {
        Form published = new Form(null, message);
        enter(exchange, published);
        while (!crossings.isEmpty()) {
            cross(crossings.remove());
        }
        List<Made> made =
                forms.stream()
                        .map(form ->
                                new Made(
                                        Objects.requireNonNull(form.shape),
                                        form.topics,
                                        subjects(form)))
                        .toList();
        return new Route(
                Route.Found.ROUTED,
                published.topics,
                byKeysAlone,
                subjects(published),
                made,
                rejected);
    }

    private Subjects subjects(Form form) {
        return form.hasSubjects ? new Subjects(namespace, form.lookup.keys()) : Subjects.NONE;
    }

    private void enter(String exchange, Form form) {
        Source source = routes.source(namespace, exchange);
        if (source == null || !entered.add(exchange)) {
            return;
        }
        List<Target> targets = new ArrayList<>();
        SortedMap<Integer, Target> conditional = new TreeMap<>();
        byKeysAlone &= source.matcher().byKeysAlone();
        source.matcher()
                .match(
                        form.lookup,
                        target -> {
                            Condition condition = target.condition();
                            if (condition == null) {
                                targets.add(target);
                            } else {
                                conditional.put(condition.number(), target);
                            }
                        });
        boolean matched = enteredSubjects(exchange, form) || !targets.isEmpty();
        for (Target target : targets) {
            go(target, form);
        }
        if (!conditional.isEmpty()) {
            byKeysAlone = false;
            crossings.add(new Crossing(source, form, conditional.values(), matched));
        } else if (!matched) {
            enterAlternate(source, form);
        }
    }

    private void enterAlternate(Source source, Form form) {
        String alternate = source.alternate();
        if (alternate != null) {
            enter(alternate, form);
        }
    }

    private void go(Target target, Form form) {
        if (target.exchange()) {
            enter(target.name(), form);
        } else {
            Topic topic = topic(target);
            if (topic != null) {
                reach(topic, form);
            }
        }
    }

    private boolean reach(Topic topic, Form form) {
        return reached.add(topic.spec().name().name()) && form.topics.add(topic);
    }

    private @Nullable Topic topic(Target target) {
        return routes.topic(new TopicName(namespace, target.name()));
    }

    private boolean enteredSubjects(String exchange, Form form) {
        if (!exchange.equals(routes.subjectExchange())) {
            return false;
        }
        form.hasSubjects = true;
        boolean any = false;
        for (String key : form.lookup.keys()) {
            Topic topic = key.isEmpty() ? null : routes.topic(new TopicName(namespace, key));
            any |= topic != null && topic.spec().lifetime().listed() && reach(topic, form);
        }
        return any;
    }

    // Conditions -------------------------------------------------------------------------------

    private static Condition condition(Target target) {
        return Objects.requireNonNull(target.condition());
    }

    private void cross(Crossing crossing) {
        boolean matched = crossing.matched;
        for (Target target : crossing.targets) {
            // Whether one leads on that need not be followed matters to an alternate alone.
            if (!isReached(target) || (!matched && crossing.source.alternate() != null)) {
                matched |= cross(target, crossing.form);
            }
        }
        if (!matched) {
            enterAlternate(crossing.source, crossing.form);
        }
    }

    /// @return whether the message goes on by a binding, be it to the dead letters
    private boolean cross(Target target, Form form) {
        if (screening == null) {
            go(target, form);
            return true;
        }
        Passed passed = screening.pass(condition(target).filter(), form.shape);
        return switch (passed.fate()) {
            case STOPS -> false;
            case GOES_ON -> {
                if (!isReached(target)) {
                    go(target, formed(passed.shape(), form));
                }
                yield true;
            }
            case REJECTED -> reject(target, form, passed.error());
        };
    }

    /// @return whether it is a dead letter
    private boolean reject(Target target, Form form, String error) {
        Topic queue = target.exchange() ? null : topic(target);
        if (queue == null || queue.policy().deadLetters() == null) {
            return false;
        }
        if (reached.add(target.name())) {
            rejected.add(new Rejected(queue, form.shape, error));
        }
        return true;
    }

    private boolean isReached(Target target) {
        return (target.exchange() ? entered : reached).contains(target.name());
    }

    @SuppressWarnings("ReferenceEquality") // a shape is what one binding made
    private Form formed(@Nullable Shape shape, Form before) {
        if (shape == null || shape == before.shape) {
            return before;
        }
        Lookup shown = new Lookup(before.lookup.keys(), shape.metadata(), before.lookup.entropy());
        Form made = new Form(shape, shown);
        forms.add(made);
        return made;
    }
}
