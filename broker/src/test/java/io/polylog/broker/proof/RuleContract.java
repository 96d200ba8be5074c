package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Rule;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.message.TopicName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What operators say of queues by their names.
interface RuleContract extends BrokerContract {
    long SECOND_MS = 1_000;

    private static Rule rule(
            String name,
            String pattern,
            int priority,
            Expiry expiry,
            Limits limits,
            @Nullable String dead) {
        DeadLetters letters = dead == null ? null : new DeadLetters("", dead);
        return new Rule(
                Specs.NS,
                name,
                pattern,
                priority,
                expiry,
                limits,
                letters,
                Filter.NONE,
                "",
                null,
                KeyOrder.NONE);
    }

    private static Rule expiring(String pattern, long messageMs) {
        return rule(
                "expiring", pattern, 0, new Expiry(messageMs, -1), QueuePolicy.NONE.limits(), null);
    }

    private static Rule limiting(String name, int priority, long count, @Nullable String dead) {
        Limits limits = new Limits(count, -1, Overflow.DROP_OLDEST);
        return rule(name, "^q", priority, Expiry.NEVER, limits, dead);
    }

    private void set(Peer peer, Rule rule) {
        rig().await(peer.operations().rule(rule, true));
    }

    private void remove(Peer peer, Rule rule) {
        rig().await(peer.operations().rule(rule, false));
    }

    private void awaitReady(Peer peer, String queue, long count) {
        rig().await(count + " ready in " + queue, () -> peer.stats(queue).ready() == count);
    }

    @Test
    default void aRuleHoldsForQueuesThatAreThereAndForThoseThatComeUntilItIsRemoved() {
        Peer peer = peer();
        peer.queue("q1");
        peer.queue("dead");
        peer.store("q1", "a", "b", "c");
        Rule rule = limiting("short", 0, 1, "dead");

        set(peer, rule);
        awaitReady(peer, "q1", 1);
        awaitReady(peer, "dead", 2);
        assertThat(Inbox.text(peer.take("q1").orElseThrow())).isEqualTo("c");
        peer.queue("q2");
        peer.store("q2", "a", "b");
        awaitReady(peer, "q2", 1);
        awaitReady(peer, "dead", 3);
        peer.queue("q1"); // is not another queue for the rule

        remove(peer, rule);
        peer.store("q2", "c", "d");
        rig().quiesce();
        awaitReady(peer, "q2", 3);
    }

    @Test
    default void ofSeveralRulesTheOneOfHighestPriorityHoldsAndOfTwoLimitsTheLower() {
        Peer peer = peer();
        set(peer, limiting("a", 1, 3, null));
        set(peer, limiting("b", 2, 2, null));
        peer.declare(
                Specs.queue("q1", QueuePolicy.NONE.with(new Limits(1, -1, Overflow.DROP_OLDEST))));
        peer.queue("q2");
        peer.store("q1", "a", "b", "c", "d");
        peer.store("q2", "a", "b", "c", "d");
        awaitReady(peer, "q1", 1);
        awaitReady(peer, "q2", 2);
        remove(peer, limiting("b", 2, 2, null));
        peer.store("q2", "e", "f");
        awaitReady(peer, "q2", 3);
    }

    @Test
    default void aRuleLetsMessagesThatWaitAlreadyExpireSooner() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a");
        set(peer, expiring("q", 60 * SECOND_MS));
        rig().passMs(SECOND_MS);
        assertThat(peer.stats("q").ready()).isOne();
        set(peer, expiring("q", 2 * SECOND_MS));
        rig().passMs(2 * SECOND_MS);
        awaitReady(peer, "q", 0);
        set(peer, expiring("elsewhere", SECOND_MS));
        peer.store("q", "b");
        rig().passMs(60 * SECOND_MS);
        rig().quiesce();
        assertThat(peer.stats("q").ready()).isOne();
    }

    private static Rule filtering(Filter filter) {
        return new Rule(
                Specs.NS,
                "wanting",
                "^q",
                0,
                Expiry.NEVER,
                QueuePolicy.NONE.limits(),
                null,
                filter,
                "",
                null,
                KeyOrder.NONE);
    }

    @Test
    default void aRuleSaysWhatAQueueWantsAndShowsAlsoToConsumersThatAreThere() {
        Peer peer = peer();
        peer.queue("q");
        Inbox inbox = peer.consume("q", 10);
        peer.store("q", "{\"a\":1}");
        rig().await("as it is", () -> inbox.size() == 1);
        Rule rule = filtering(Filter.sql("cel:json.a > 1").transforming("{\"mask\":[\"/b\"]}"));
        set(peer, rule);
        peer.store("q", "{\"a\":1}", "{\"a\":2,\"b\":3}");
        rig().await("what is wanted", () -> inbox.size() == 2);
        assertThat(inbox.last().content().encoding()).isEqualTo(NeutralMessages.ENCODING);
        remove(peer, rule);
        peer.store("q", "{\"a\":0}");
        rig().await("anything again", () -> inbox.size() == 3);
        assertThat(Inbox.text(inbox.last())).isEqualTo("{\"a\":0}");
    }

    @Test
    default void whatWaitsAndIsNotWantedLeavesWhenTheRuleIsSet() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "{\"a\":1}", "{\"a\":2}");
        set(peer, filtering(Filter.sql("cel:json.a > 1")));
        awaitReady(peer, "q", 1);
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("{\"a\":2}");
        Rule bad = filtering(Filter.sql("cel:foo"));
        assertThat(rig().failure(() -> peer.operations().rule(bad, true))).isEqualTo(Kind.INVALID);
    }

    @Test
    default void aRuleWithABadPatternOrOfNoNamespaceIsRefusedAndSoIsTheEndOfOneThatIsNotThere() {
        Peer peer = peer();
        Rule bad = expiring("(", 1);
        assertThat(rig().failure(() -> peer.operations().rule(bad, true))).isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.operations().rule(bad, false)))
                .isEqualTo(Kind.NOT_FOUND);
        Rule nowhere =
                new Rule(
                        "nowhere",
                        "a",
                        "",
                        0,
                        Expiry.NEVER,
                        QueuePolicy.NONE.limits(),
                        null,
                        Filter.NONE,
                        "",
                        null,
                        KeyOrder.NONE);
        assertThat(rig().failure(() -> peer.operations().rule(nowhere, true)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().broker().definitions().standingRules()).isEmpty();
    }

    /// With what outlives the process.
    interface Durable extends RuleContract {
        @Override
        Rig.Durable rig();

        @Test
        default void aRuleSurvivesACrashAndACheckpoint() {
            Peer peer = peer();
            peer.queue("q");
            Rule first = limiting("first", 1, 2, null);
            Rule second = limiting("second", 2, 1, null);
            rig().await(peer.operations().rule(first, true));
            rig().checkpoint();
            rig().await(peer.operations().rule(second, true));
            rig().crash();
            assertThat(rig().broker().definitions().standingRules()).containsExactly(second, first);
            Peer after = peer();
            after.store("q", "a", "b", "c");
            rig().await("one stays", () -> after.stats("q").ready() == 1);
            rig().await(after.operations().rule(second, false));
            rig().restart();
            Peer last = peer();
            last.store("q", "d", "e");
            rig().await("two stay", () -> last.stats("q").ready() == 2);
            assertThat(
                            rig().broker()
                                    .definitions()
                                    .topic(TopicName.of("q"))
                                    .policy()
                                    .limits()
                                    .maxCount())
                    .isEqualTo(2);
        }
    }
}
