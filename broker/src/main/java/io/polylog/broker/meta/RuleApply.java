package io.polylog.broker.meta;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.broker.command.RuleCommand;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import io.polylog.broker.meta.TopicApply.Change;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.PatternSyntaxException;

/// Applies commands about rules to a catalog. Pure functions.
final class RuleApply {
    private RuleApply() {}

    /// Answers with the queues that do otherwise from now on; their streams are to be told.
    static Change apply(Catalog catalog, RuleCommand command) {
        Rule rule = command.rule();
        if (!catalog.namespaceExists(rule.namespace())) {
            String problem = "no namespace " + rule.namespace();
            return Change.none(catalog, new Failed(Kind.NOT_FOUND, problem));
        }
        Rules before = catalog.rules();
        Rules after;
        try {
            after = command.add() ? before.with(rule) : before.without(rule);
        } catch (PatternSyntaxException bad) {
            return Change.none(catalog, new Failed(Kind.INVALID, String.valueOf(bad.getMessage())));
        }
        if (!command.add() && after.list().size() == before.list().size()) {
            return Change.none(catalog, new Failed(Kind.NOT_FOUND, "no policy " + rule.name()));
        }
        Catalog ruled = catalog.with(after);
        List<Topic> changed = new ArrayList<>();
        for (Topic topic : catalog.allTopics()) {
            Topic now = ruled.ruled(topic);
            if (!now.policy().equals(topic.policy())) {
                ruled = ruled.withTopic(now);
                changed.add(now);
            }
        }
        for (ExchangeSpec exchange : catalog.exchanges()) {
            ruled = ruled.ruled(exchange);
        }
        return new Change(ruled, new Value(List.copyOf(changed)), changed, List.of());
    }
}
