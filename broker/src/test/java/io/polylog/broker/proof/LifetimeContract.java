package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Topics whose messages go at a time of their own.
interface LifetimeContract extends BrokerContract {
    TopicName T = TopicName.of("t");
    long SECOND_MS = 1_000;
    long HOUR_MS = 3_600_000;

    /// A little more than timers need.
    long SOON_MS = 50;

    Retention HEEDING = Retention.FOREVER.withRemoval().withOwnTime(OwnTime.HEEDED);

    private static Retention aged(OwnTime ownTime) {
        return new Retention(HOUR_MS, -1, false, null).withRemoval().withOwnTime(ownTime);
    }

    private Peer with(Retention retention) {
        Peer peer = peer();
        peer.declare(Specs.spec("t", Form.MESSAGES, 1, retention, Lifetime.DURABLE));
        return peer;
    }

    /// With an index of subjects, and an exchange to it.
    private static Peer withLast(Rig rig, Retention retention) {
        Peer peer = rig.peer();
        TopicSpec indexed = SubjectsContract.indexed("t", -1);
        peer.declare(
                new TopicSpec(
                        T,
                        Form.MESSAGES,
                        1,
                        retention,
                        Lifetime.DURABLE,
                        indexed.policy(),
                        Map.of()));
        peer.rig.await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.TOPIC)));
        peer.rig.await(peer.session.bind(Specs.toQueue("x", "t", "#")));
        return peer;
    }

    /// Publishes on a subject, as its text.
    ///
    /// @param timeToLiveMs how long it may wait, or -1
    private static void publish(Peer peer, String subject, long timeToLiveMs, Replaces replaces) {
        Envelope envelope = new Envelope(0, timeToLiveMs, -1, null);
        Content plain = Peer.content(subject);
        Content content = new Content(plain.encoding(), envelope, plain.bytes());
        Publication publication =
                new Publication(Peer.via("x", subject), content).replacing(replaces);
        assertThat(peer.rig.await(peer.send(List.of(publication)))).containsExactly(Outcome.STORED);
    }

    private static void becomes(Peer peer, String... texts) {
        peer.rig.await(
                String.join(" ", texts) + " are left",
                () -> peer.stats("t").ready() == texts.length);
        assertThat(peer.readTexts("t", 0)).containsExactly(texts);
    }

    /// What a listener heard, as `subject offset`.
    private static List<String> heard(Reader reader) {
        List<String> heard = new ArrayList<>();
        reader.whenLastIsOver((subject, offset) -> heard.add(subject + " " + offset));
        return heard;
    }

    @Test
    default void aMessageGoesAtItsOwnTimeWhereverItLies() {
        Peer peer = with(HEEDING);
        peer.store("t", "a");
        peer.storeFor("t", "late", 40 * SECOND_MS);
        peer.storeFor("t", "early", 20 * SECOND_MS);
        peer.store("t", "d");
        SubscriptionRef named = new SubscriptionRef(T, "s");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(named, false, false, 0, 1, Start.Edge.FIRST, null), inbox);
        rig().passMs(10 * SECOND_MS);
        rig().quiesce();
        becomes(peer, "a", "late", "early", "d");

        rig().passMs(10 * SECOND_MS + SOON_MS);
        becomes(peer, "a", "late", "d");
        assertThat(peer.stats(named)).isEqualTo(new TopicStats(2, 1, 1));
        rig().passMs(20 * SECOND_MS);
        becomes(peer, "a", "d");
        peer.accept(inbox.last());
        rig().await("the next", () -> inbox.size() == 2);
        assertThat(inbox.texts()).containsExactly("a", "d");
        assertThat(peer.reader("t", 0).endOffset()).isEqualTo(4);
    }

    @Test
    default void theStartFollowsWhatGoes() {
        Peer peer = with(HEEDING);
        peer.storeFor("t", "a", SECOND_MS);
        peer.storeFor("t", "b", SECOND_MS);
        peer.store("t", "c");
        rig().await(peer.session.remove(T, 0, List.of(1L)));
        rig().passMs(SECOND_MS + SOON_MS);
        becomes(peer, "c");
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(2);
    }

    @Test
    default void whatMayWaitForEverOutlivesItsTopicsAge() {
        Peer peer = with(aged(OwnTime.HEEDED));
        peer.store("t", "a");
        peer.storeFor("t", "ever", Envelope.FOREVER);
        peer.storeFor("t", "short", SECOND_MS);
        peer.storeFor("t", "long", 9 * HOUR_MS);
        peer.storeFor("t", "more", Envelope.FOREVER);
        rig().passMs(SECOND_MS + SOON_MS);
        becomes(peer, "a", "ever", "long", "more");
        rig().passMs(HOUR_MS + 2 * SECOND_MS);
        becomes(peer, "ever", "more");
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(1);
        peer.store("t", "new");
        rig().passMs(HOUR_MS / 2);
        rig().quiesce();
        becomes(peer, "ever", "more", "new");
        rig().await(peer.session.remove(T, 0, List.of(1L)));
        rig().passMs(HOUR_MS);
        becomes(peer, "more");
    }

    @Test
    default void othersDoNotHeedIt() {
        Peer peer = with(Retention.FOREVER.withRemoval());
        peer.storeFor("t", "a", SECOND_MS);
        rig().await(peer.session.alterTopic(T, HEEDING, Map.of()));
        peer.storeFor("t", "b", SECOND_MS);
        peer.store("t", "c");
        rig().passMs(SECOND_MS + SOON_MS);
        becomes(peer, "a", "c");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Retention.FOREVER.withOwnTime(OwnTime.HEEDED));
        Retention last = HEEDING.withOwnTime(OwnTime.HEEDED_BUT_LAST);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Specs.spec("b", Form.MESSAGES, 1, last, Lifetime.DURABLE));
        assertThat(rig().failure(() -> peer.session.alterTopic(T, last, Map.of())))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void theLastOfItsSubjectStaysUntilAnotherComes() {
        Peer peer = withLast(rig(), HEEDING.withOwnTime(OwnTime.HEEDED_BUT_LAST));
        Reader reader = peer.reader("t", 0);
        List<String> heard = heard(reader);
        publish(peer, "a", 10 * SECOND_MS, Replaces.NOTHING);
        publish(peer, "b", 10 * SECOND_MS, Replaces.NOTHING);
        publish(peer, "a", 20 * SECOND_MS, Replaces.NOTHING);
        rig().passMs(10 * SECOND_MS + SOON_MS);
        becomes(peer, "b", "a");
        rig().await("b is over", () -> heard.contains("b 1"));

        publish(peer, "b", -1, Replaces.KEY);
        becomes(peer, "a", "b");
        rig().passMs(10 * SECOND_MS);
        rig().await("a is over", () -> heard.contains("a 2"));
        heard.clear();
        rig().passMs(2 * SECOND_MS);
        rig().await("once more", () -> heard.contains("a 2"));
        rig().await(peer.session.remove(T, 0, List.of(2L)));
        becomes(peer, "b");
        rig().quiesce();
        heard.clear();
        rig().passMs(3 * SECOND_MS);
        rig().quiesce();
        assertThat(heard).isEmpty();
    }

    @Test
    default void theLastOfItsSubjectStaysWhenItIsTooOld() {
        Peer peer = withLast(rig(), aged(OwnTime.HEEDED_BUT_LAST));
        publish(peer, "a", -1, Replaces.NOTHING);
        publish(peer, "a", -1, Replaces.NOTHING);
        publish(peer, "b", Envelope.FOREVER, Replaces.NOTHING);
        publish(peer, "c", -1, Replaces.NOTHING);
        rig().passMs(HOUR_MS + 2 * SECOND_MS);
        becomes(peer, "a", "b", "c");

        Reader reader = peer.reader("t", 0);
        List<String> heard = heard(reader);
        rig().passMs(2 * SECOND_MS);
        rig().await("both are over", () -> heard.size() >= 2);
        assertThat(heard).startsWith("a 1", "c 3").containsOnly("a 1", "c 3");
        publish(peer, "c", -1, Replaces.NOTHING);
        rig().passMs(2 * SECOND_MS);
        becomes(peer, "a", "b", "c");
        assertThat(peer.readAll(reader, 100).getLast().offset()).isEqualTo(4);
    }

    @Test
    default void whoCallsOffIsNotTold() {
        Peer peer = withLast(rig(), HEEDING.withOwnTime(OwnTime.HEEDED_BUT_LAST));
        Reader reader = peer.reader("t", 0);
        List<String> heard = new ArrayList<>();
        reader.whenLastIsOver((subject, offset) -> heard.add(subject)).cancel();
        List<String> others = heard(peer.reader("t", 0));
        publish(peer, "a", SECOND_MS, Replaces.NOTHING);
        rig().passMs(SECOND_MS + SOON_MS);
        rig().await("the other is told", () -> !others.isEmpty());
        assertThat(heard).isEmpty();
    }

    /// What outlives the process.
    interface Durable extends LifetimeContract {
        @Override
        Rig.Durable rig();

        @Test
        default void aRestartForgetsNoTime() {
            Peer peer = withLast(rig(), aged(OwnTime.HEEDED_BUT_LAST));
            publish(peer, "a", 40 * SECOND_MS, Replaces.NOTHING);
            publish(peer, "ever", Envelope.FOREVER, Replaces.NOTHING);
            rig().checkpoint();
            publish(peer, "a", 20 * SECOND_MS, Replaces.NOTHING);
            publish(peer, "ever2", Envelope.FOREVER, Replaces.NOTHING);
            rig().restart();
            rig().passMs(20 * SECOND_MS + SOON_MS);
            becomes(peer(), "a", "ever", "ever2");
            rig().passMs(20 * SECOND_MS);
            rig().quiesce();
            rig().restart();

            Peer after = peer();
            List<String> heard = heard(after.reader("t", 0));
            rig().passMs(2 * SECOND_MS);
            rig().await("it is told again", () -> heard.contains("a 0"));
            publish(after, "a", -1, Replaces.KEY);
            rig().passMs(HOUR_MS + 2 * SECOND_MS);
            rig().await("the other one is old", () -> heard.contains("a 4"));
            rig().checkpoint();
            rig().restart();
            rig().passMs(2 * SECOND_MS);
            rig().quiesce();
            becomes(peer(), "ever", "ever2", "a");
        }
    }
}
