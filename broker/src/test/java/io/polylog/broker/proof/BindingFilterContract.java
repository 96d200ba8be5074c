package io.polylog.broker.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Bindings by which some messages go only, or which make something of those that do.
interface BindingFilterContract extends BrokerContract {
    Filter LARGE = Filter.sql("cel:has(json.amount) && json.amount > 100");
    Filter RED = Filter.sql("color = 'red'");
    Filter MASKED = Filter.NONE.transforming("{\"mask\":[\"/card\"]}");
    QueuePolicy DYING = QueuePolicy.NONE.with(new DeadLetters("", "dead"));

    private static Binding binding(String from, boolean exchange, String to, Filter filter) {
        return new Binding(Specs.NS, from, exchange, to, "k", Map.of(), filter);
    }

    private static Filter set(String header, String expression) {
        return Filter.NONE.transforming("{\"set\":{\"%s\":\"%s\"}}".formatted(header, expression));
    }

    /// A queue that an exchange leads to.
    private void bound(Peer peer, String exchange, String queue, Filter filter) {
        peer.queue(queue);
        bind(peer, exchange, false, queue, filter);
    }

    private void bind(Peer peer, String from, boolean exchange, String to, Filter filter) {
        rig().await(peer.session.bind(binding(from, exchange, to, filter)));
    }

    private Peer withExchange(ExchangeSpec.Kind kind) {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(Specs.exchange("x", kind)));
        return peer;
    }

    /// A message as its reader is told: what was made of it with its headers, or what was stored.
    private static String told(Content content) {
        if (content.encoding() != NeutralMessages.ENCODING) {
            return UTF_8.decode(content.bytes().duplicate()).toString();
        }
        Message made = new NeutralMessages().open(content.bytes()).getFirst();
        StringBuilder told = new StringBuilder("made ");
        told.append(UTF_8.decode(Objects.requireNonNull(made.body()).duplicate()));
        made.headers().stream()
                .map(header -> " " + header.name() + "=" + header.value())
                .sorted()
                .forEach(told::append);
        return told.toString();
    }

    private static List<String> takeAll(Peer peer, String queue) {
        List<String> taken = new ArrayList<>();
        Optional<Delivery> next = peer.take(queue);
        while (next.isPresent()) {
            taken.add(told(next.get().content()));
            peer.accept(next.get());
            next = peer.take(queue);
        }
        return taken;
    }

    private static List<String> tellAll(Peer peer, String topic) {
        return peer.readAll(peer.reader(topic, 0), 1 << 20).stream()
                .map(entry -> told(entry.content()))
                .toList();
    }

    private static Outcome send(Peer peer, String text) {
        return peer.publish(Peer.via("x", "k"), text);
    }

    @Test
    default void aMessageGoesByTheBindingsThatWantIt() {
        Peer peer = withExchange(ExchangeSpec.Kind.TOPIC);
        bound(peer, "x", "large", LARGE);
        bound(peer, "x", "red", RED);
        assertThat(send(peer, "{\"amount\":150}?color=red")).isEqualTo(Outcome.STORED);
        assertThat(send(peer, "{\"amount\":7}?color=red")).isEqualTo(Outcome.STORED);
        assertThat(send(peer, "{\"amount\":101}")).isEqualTo(Outcome.STORED);
        assertThat(send(peer, "{\"amount\":7}")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(send(peer, "no JSON")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(takeAll(peer, "large"))
                .containsExactly("{\"amount\":150}?color=red", "{\"amount\":101}");
        assertThat(takeAll(peer, "red"))
                .containsExactly("{\"amount\":150}?color=red", "{\"amount\":7}?color=red");
    }

    @Test
    default void aBindingMakesSomethingOfWhatGoesItsWayAlone() {
        Peer peer = withExchange(ExchangeSpec.Kind.FANOUT);
        bound(peer, "x", "support", MASKED);
        bound(peer, "x", "billing", Filter.NONE);
        bound(
                peer,
                "x",
                "vip",
                LARGE.transforming("{\"set\":{\"vip\":\"true\"},\"remove\":[\"a\"]}"));
        send(peer, "{\"amount\":150,\"card\":\"4111\"}?a=1");
        send(peer, "{\"amount\":50,\"card\":\"4222\"}");
        assertThat(takeAll(peer, "billing"))
                .containsExactly(
                        "{\"amount\":150,\"card\":\"4111\"}?a=1",
                        "{\"amount\":50,\"card\":\"4222\"}");
        assertThat(takeAll(peer, "support"))
                .containsExactly(
                        "made {\"amount\":150,\"card\":\"***\"} a=1",
                        "made {\"amount\":50,\"card\":\"***\"}");
        assertThat(takeAll(peer, "vip"))
                .containsExactly("made {\"amount\":150,\"card\":\"4111\"} vip=true");
    }

    @Test
    default void ofSeveralBindingsToAQueueTheOneWithoutAFilterHoldsElseTheFirstThatWants() {
        Peer peer = withExchange(ExchangeSpec.Kind.DIRECT);
        bound(peer, "x", "q", LARGE.transforming("{\"set\":{\"by\":\"'first'\"}}"));
        bind(peer, "x", false, "q", RED.transforming("{\"set\":{\"by\":\"'second'\"}}"));
        bind(peer, "x", false, "q", Filter.sql("cel:true"));
        for (int i = 0; i < 20; i++) { // more than a table's own order would get right by chance
            bind(peer, "x", false, "q", set("by", "'" + i + "'"));
        }
        send(peer, "{\"amount\":150}?color=red");
        send(peer, "{\"amount\":50}?color=red");
        send(peer, "{}");
        bind(peer, "x", false, "q", Filter.NONE);
        send(peer, "{\"amount\":151}");
        assertThat(takeAll(peer, "q"))
                .containsExactly(
                        "made {\"amount\":150} by=first color=red",
                        "made {\"amount\":50} by=second color=red",
                        "{}",
                        "{\"amount\":151}");
    }

    @Test
    default void whatABindingMadeGoesOnThroughExchanges() {
        Peer peer = withExchange(ExchangeSpec.Kind.TOPIC);
        rig().await(peer.session.declareExchange(Specs.exchange("h", ExchangeSpec.Kind.HEADERS)));
        bind(peer, "x", true, "h", set("size", "json.amount > 100 ? 'large' : 'small'"));
        peer.queue("large");
        peer.queue("both");
        rig().await(peer.session.bind(Specs.byHeaders("h", "large", Map.of("size", "large"))));
        Filter small = Filter.sql("size = 'small'").transforming("{\"remove\":[\"color\"]}");
        bind(peer, "h", false, "both", small);
        bound(peer, "x", "plain", Filter.NONE);
        send(peer, "{\"amount\":150}?color=red");
        send(peer, "{\"amount\":50}?color=red");
        assertThat(takeAll(peer, "large"))
                .containsExactly("made {\"amount\":150} color=red size=large");
        assertThat(takeAll(peer, "both")).containsExactly("made {\"amount\":50} size=small");
        assertThat(takeAll(peer, "plain"))
                .containsExactly("{\"amount\":150}?color=red", "{\"amount\":50}?color=red");
    }

    @Test
    default void whatNoBindingWantsGoesToTheAlternateExchange() {
        Peer peer = peer();
        rig().await(
                        peer.session.declareExchange(
                                Specs.exchange("x", ExchangeSpec.Kind.DIRECT, "rest")));
        rig().await(peer.session.declareExchange(Specs.exchange("rest", ExchangeSpec.Kind.FANOUT)));
        bound(peer, "x", "large", LARGE);
        bound(peer, "rest", "others", Filter.NONE);
        send(peer, "{\"amount\":150}");
        send(peer, "{\"amount\":50}");
        assertThat(takeAll(peer, "large")).containsExactly("{\"amount\":150}");
        assertThat(takeAll(peer, "others")).containsExactly("{\"amount\":50}");
    }

    @Test
    default void whatABindingCannotBeAskedAboutIsSkippedSentOnOrADeadLetterAsItSays() {
        Peer peer = withExchange(ExchangeSpec.Kind.FANOUT);
        peer.queue("dead");
        bound(peer, "x", "skips", Filter.sql("cel:json.amount > 100"));
        bound(peer, "x", "takes", Filter.sql("cel(on-error=deliver):json.amount > 100"));
        peer.declare(Specs.queue("rejects", DYING));
        bind(
                peer,
                "x",
                false,
                "rejects",
                Filter.sql("cel(on-error=dead-letter):json.amount > 100"));
        assertThat(send(peer, "no JSON")).isEqualTo(Outcome.STORED);
        assertThat(takeAll(peer, "skips")).isEmpty();
        assertThat(takeAll(peer, "takes")).containsExactly("no JSON");
        assertThat(takeAll(peer, "rejects")).isEmpty();
        Delivery letter = peer.take("dead").orElseThrow();
        assertThat(told(letter.content())).isEqualTo("no JSON");
        Trail trail = Objects.requireNonNull(letter.content().envelope().trail());
        Death death = trail.deaths().getFirst();
        assertThat(death.place()).isEqualTo(new Trail.Place("rejects", Cause.REJECTED, "x"));
        assertThat(death.keys()).containsExactly("k");
        assertThat(death.error()).startsWith("filter: ");
    }

    @Test
    default void whatCannotBeMaskedIsADeadLetterOrGoesNowhere() {
        Peer peer = withExchange(ExchangeSpec.Kind.FANOUT);
        peer.queue("dead");
        peer.declare(Specs.queue("q", DYING));
        bind(peer, "x", false, "q", MASKED);
        bound(peer, "x", "none", MASKED);
        assertThat(send(peer, "card 4111")).isEqualTo(Outcome.STORED);
        assertThat(takeAll(peer, "q")).isEmpty();
        assertThat(takeAll(peer, "none")).isEmpty();
        assertThat(takeAll(peer, "dead")).containsExactly("card 4111");
        peer.delete("q");
        assertThat(send(peer, "card 4222")).isEqualTo(Outcome.UNROUTABLE);
    }

    @Test
    default void deadLettersGoByBindingsThatWantThem() {
        Peer peer = withExchange(ExchangeSpec.Kind.FANOUT);
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(new DeadLetters("x", null))));
        bound(peer, "x", "large", LARGE);
        bound(peer, "x", "masked", MASKED);
        peer.store("q", "{\"amount\":150,\"card\":\"4111\"}", "{\"card\":\"4222\"}");
        peer.reject(peer.take("q").orElseThrow(), peer.take("q").orElseThrow());
        rig().await("both are dead", () -> peer.stats("masked").ready() == 2);
        rig().await("one is large", () -> peer.stats("large").ready() == 1);
        assertThat(takeAll(peer, "masked"))
                .containsExactlyInAnyOrder(
                        "made {\"amount\":150,\"card\":\"***\"}", "made {\"card\":\"***\"}");
        assertThat(takeAll(peer, "large")).containsExactly("{\"amount\":150,\"card\":\"4111\"}");
    }

    @Test
    default void whoListensHearsWhatABindingMadeOfAMessageOnItsWayToTheSubjects() {
        Peer peer = withExchange(ExchangeSpec.Kind.FANOUT);
        bind(peer, "x", true, Rig.SUBJECTS, MASKED);
        Ears ears = Ears.of(peer(), "k");
        assertThat(send(peer, "{\"card\":\"4111\"}")).isEqualTo(Outcome.STORED);
        assertThat(send(peer, "card 4111")).isEqualTo(Outcome.UNROUTABLE);
        rig().await("one", () -> ears.messages.size() == 1);
        rig().quiesce();
        assertThat(ears.messages).hasSize(1);
        assertThat(told(ears.messages.getFirst().content())).isEqualTo("made {\"card\":\"***\"}");
    }

    @Test
    default void whatIsStoredOnConditionIsStoredEverywhereOrNowhere() {
        Peer peer = withExchange(ExchangeSpec.Kind.FANOUT);
        bound(peer, "x", "q", Filter.NONE);
        List.of("a", "b", "c").forEach(queue -> bound(peer, "x", queue, MASKED));
        for (int expected : List.of(-1, 7, 0)) {
            Publication publication =
                    new Publication(Peer.via("x", "k"), Peer.content("{\"card\":" + expected + "}"))
                            .expecting(new Expectation(Scope.STREAM, expected));
            Outcome outcome = rig().await(peer.send(List.of(publication))).getFirst();
            assertThat(outcome).isEqualTo(expected == 7 ? Outcome.CONFLICT : Outcome.STORED);
        }
        assertThat(takeAll(peer, "q")).containsExactly("{\"card\":-1}", "{\"card\":0}");
        for (String queue : List.of("a", "b", "c")) {
            assertThat(takeAll(peer, queue)).hasSize(2).containsOnly("made {\"card\":\"***\"}");
        }
    }

    // Bindings ---------------------------------------------------------------------------------

    @Test
    default void bindingsThatDifferInTheirFilterAreTwo() {
        Peer peer = withExchange(ExchangeSpec.Kind.DIRECT);
        bound(peer, "x", "q", LARGE);
        bind(peer, "x", false, "q", RED);
        bind(peer, "x", false, "q", RED);
        assertThat(peer.session.definitions().bindingsFrom(Specs.NS, "x")).hasSize(2);
        rig().await(peer.session.unbind(binding("x", false, "q", Filter.NONE)));
        rig().await(peer.session.unbind(binding("x", false, "q", RED)));
        assertThat(peer.session.definitions().bindingsFrom(Specs.NS, "x"))
                .containsExactly(binding("x", false, "q", LARGE));
        assertThat(send(peer, "{\"amount\":7}?color=red")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(send(peer, "{\"amount\":700}")).isEqualTo(Outcome.STORED);
        rig().await(peer.session.unbind(binding("x", false, "q", LARGE)));
        assertThat(send(peer, "{\"amount\":700}")).isEqualTo(Outcome.UNROUTABLE);
    }

    @Test
    default void aBindingThatMakesNoSenseIsRefusedWithThePlace() {
        Peer peer = withExchange(ExchangeSpec.Kind.DIRECT);
        peer.queue("q");
        Binding wrong = binding("x", false, "q", Filter.sql("cel:amount > 100"));
        assertThat(rig().failure(() -> peer.session.bind(wrong))).isEqualTo(Kind.INVALID);
        assertThatThrownBy(() -> rig().await(peer.session.bind(wrong)))
                .hasMessageContaining("filter, line 1, column 5: undeclared reference to 'amount'");
        Filter nothing = Filter.NONE.transforming("{\"hide\":[]}");
        assertThatThrownBy(() -> bind(peer, "x", false, "q", nothing))
                .hasMessageContaining("transform, 'hide' is none of");
        for (ExchangeSpec.Kind kind :
                List.of(
                        ExchangeSpec.Kind.HASH,
                        ExchangeSpec.Kind.MODULUS,
                        ExchangeSpec.Kind.RANDOM)) {
            rig().await(peer.session.declareExchange(Specs.exchange("one of", kind)));
            Binding chosen = new Binding(Specs.NS, "one of", false, "q", "1", Map.of(), LARGE);
            assertThat(rig().failure(() -> peer.session.bind(chosen))).isEqualTo(Kind.INVALID);
            rig().await(peer.session.deleteExchange(Specs.NS, "one of", false));
        }
        assertThat(peer.session.definitions().bindings()).isEmpty();
    }

    @Test
    default void anExchangeHasNoMoreThanAThousandBindingsThatAsk() {
        Peer peer = withExchange(ExchangeSpec.Kind.DIRECT);
        peer.queue("q");
        for (int i = 0; i < 1_000; i++) {
            bind(peer, "x", false, "q", Filter.sql("a = " + i));
        }
        Binding more = binding("x", false, "q", Filter.sql("a = 1000"));
        assertThat(rig().failure(() -> peer.session.bind(more))).isEqualTo(Kind.INVALID);
        bind(peer, "x", false, "q", Filter.sql("a = 1"));
        assertThat(send(peer, "a?a=999")).isEqualTo(Outcome.STORED);
        rig().await(peer.session.unbind(binding("x", false, "q", Filter.sql("a = 999"))));
        assertThat(send(peer, "a?a=999")).isEqualTo(Outcome.UNROUTABLE);
        rig().await(peer.session.bind(more));
    }

    // Producers' batches -----------------------------------------------------------------------

    private static AppendListener.Result append(Peer peer, String topic, int at, String... texts) {
        ProducerStamp stamp = new ProducerStamp(4_711, (short) 0, at);
        return peer.append(Appends.opened(topic, 0, stamp, texts));
    }

    @Test
    default void recordsOfABatchGoEachItsOwnWay() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.batches("t", 1));
        peer.declare(Specs.stream("s", 1));
        List<String> queues = List.of("a", "b", "c", "d");
        for (String topic : List.of("t", "s")) {
            for (String queue : queues) {
                peer.declare(Specs.queue(queue + topic, DYING));
                Filter filter = queue.equals("a") ? LARGE : MASKED;
                rig().await(
                                peer.session.bind(
                                        new Binding(
                                                Specs.NS,
                                                Rig.SUBJECTS,
                                                false,
                                                queue + topic,
                                                topic,
                                                Map.of(),
                                                filter)));
            }
            for (int round = 0; round < 2; round++) { // the second time nothing is new
                append(peer, topic, 0, "{\"amount\":150,\"card\":1}", "{\"amount\":1}", "none");
                append(peer, topic, 3, "{\"amount\":2,\"card\":2}");
                append(peer, topic, 4, "{\"amount\":160}", "{\"card\":3}");
            }
            rig().quiesce();
            assertThat(takeAll(peer, "a" + topic))
                    .containsExactly("{\"amount\":150,\"card\":1}", "{\"amount\":160}");
            for (String queue : queues.subList(1, 4)) {
                assertThat(takeAll(peer, queue + topic))
                        .as(queue + topic)
                        .containsExactly(
                                "made {\"amount\":150,\"card\":\"***\"}",
                                "made {\"amount\":1}",
                                "made {\"amount\":2,\"card\":\"***\"}",
                                "made {\"amount\":160}",
                                "made {\"card\":\"***\"}");
            }
            assertThat(takeAll(peer, "dead")).containsExactly("none", "none", "none");
        }
        assertThat(peer.reader("t", 0).endOffset()).isEqualTo(6);
        assertThat(tellAll(peer, "s"))
                .containsExactly(
                        "{\"amount\":150,\"card\":1}",
                        "{\"amount\":1}",
                        "none",
                        "{\"amount\":2,\"card\":2}",
                        "{\"amount\":160}",
                        "{\"card\":3}");
    }

    /// With what outlives the process.
    interface Durable extends BindingFilterContract {
        @Override
        Rig.Durable rig();

        private void bind(Peer peer, Filter filter) {
            rig().await(peer.session.bind(binding("x", false, "q", filter)));
        }

        @Test
        default void bindingsWithFiltersOutliveTheProcessInTheirOrder() {
            Peer peer = peer();
            rig().await(
                            peer.session.declareExchange(
                                    Specs.exchange("x", ExchangeSpec.Kind.DIRECT)));
            peer.queue("q");
            bind(peer, LARGE.transforming("{\"set\":{\"by\":\"'first'\"}}"));
            for (int i = 0; i < 20; i++) {
                bind(peer, set("by", "'" + i + "'"));
            }
            send(peer, "{\"amount\":150}");
            rig().checkpoint();
            bind(peer, set("by", "'last'"));
            rig().await(peer.session.unbind(binding("x", false, "q", set("by", "'0'"))));
            rig().crash();
            send(peer(), "{\"amount\":50}");
            rig().checkpoint();
            rig().restart();
            send(peer(), "{\"amount\":51}");
            send(peer(), "{\"amount\":151}");
            assertThat(takeAll(peer(), "q"))
                    .containsExactly(
                            "made {\"amount\":150} by=first",
                            "made {\"amount\":50} by=1",
                            "made {\"amount\":51} by=1",
                            "made {\"amount\":151} by=first");
        }
    }
}
