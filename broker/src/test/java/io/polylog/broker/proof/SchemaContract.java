package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.Rule;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Queues and topics that take bodies which fit a schema only.
interface SchemaContract extends BrokerContract {
    String SCHEMA = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}";

    private static Rule rule(String schema) {
        return new Rule(
                Specs.NS,
                "fitting",
                "^q$",
                0,
                Expiry.NEVER,
                QueuePolicy.NONE.limits(),
                null,
                Filter.NONE,
                schema,
                null,
                QueuePolicy.KeyOrder.NONE);
    }

    private Outcomes publish(Peer peer, String queue, String... texts) {
        List<Publication> batch = new ArrayList<>();
        for (String text : texts) {
            Address address = new Address.Direct(TopicName.of(queue), -1);
            batch.add(new Publication(address, Peer.content(text)));
        }
        List<Outcomes> decided = new ArrayList<>();
        peer.session.publish(batch, decided::add);
        rig().await("an answer", () -> !decided.isEmpty());
        return decided.getFirst();
    }

    @Test
    default void whatDoesNotFitIsRefusedWithThePlaceAndTheRestIsStored() {
        Peer peer = peer();
        Admission fitting = Admission.FREE.with(SCHEMA);
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(fitting)));
        Outcomes outcomes = publish(peer, "q", "{\"a\":1}", "{\"a\":\"x\"}", "none", "{}");
        assertThat(outcomes.at(0)).isEqualTo(Outcome.STORED);
        assertThat(outcomes.at(1)).isEqualTo(Outcome.MALFORMED);
        assertThat(outcomes.problem(1)).isEqualTo("/a: string found, integer expected (type)");
        assertThat(outcomes.problem(2)).isEqualTo("the body is no JSON");
        assertThat(outcomes.problem(3)).isNull();
        rig().await("two are there", () -> peer.stats("q").ready() == 2);
    }

    @Test
    default void aRuleSaysWhatFitsUntilItIsRemoved() {
        Peer peer = peer();
        peer.queue("q");
        rig().await(peer.operations().rule(rule(SCHEMA), true));
        assertThat(publish(peer, "q", "[]").at(0)).isEqualTo(Outcome.MALFORMED);
        assertThat(publish(peer, "q", "{}").at(0)).isEqualTo(Outcome.STORED);
        rig().await(peer.operations().rule(rule(SCHEMA), false));
        assertThat(publish(peer, "q", "[]").at(0)).isEqualTo(Outcome.STORED);
    }

    @Test
    default void aSchemaThatMakesNoSenseIsRefused() {
        Peer peer = peer();
        Admission wrong = Admission.FREE.with("{\"$ref\":\"https://example.com/a\"}");
        QueuePolicy policy = QueuePolicy.NONE.with(wrong);
        assertThat(rig().failure(() -> peer.session.declareTopic(Specs.queue("q", policy))))
                .isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.operations().rule(rule("{"), true)))
                .isEqualTo(Kind.INVALID);
    }
}
