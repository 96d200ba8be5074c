package io.polylog.broker.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.PublishListener;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Topic;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.Expected;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.live.Audience;
import io.polylog.broker.meta.Catalog;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Turns what a session publishes into commands of the shards concerned. On the session's loop.
final class Publisher {
    private static final int HEAD_GUESS_BYTES = 24;

    /// Of no expectation.
    static final int NO_SHARD = -1;

    private final CoreSession session;
    private final RouteCache routes;

    Publisher(CoreSession session) {
        this.session = session;
        routes = new RouteCache(session.id(), session.core().ways());
    }

    void publish(List<Publication> batch, PublishListener listener) {
        PublishBatch decision = new PublishBatch(session, batch.size(), listener);
        Drafting drafting = new Drafting(decision, decision::second, batch.size());
        for (int place = 0; place < batch.size(); place++) {
            Outcome refused = drafting.draft(place, batch.get(place));
            if (drafting.crosses && !drafting.whole) {
                publish(batch, place, listener);
                return;
            }
            if (refused != null) {
                decision.decide(place, refused);
            }
        }
        session.publishes().add(decision);
        drafting.parts.forEach(decision::propose);
        decision.proposed();
    }

    /// Publishes what is before a message, then that one, then what is behind it.
    ///
    /// @param crossing its place: one stream decides about it, and it goes to others which that
    ///   stream's command has no place for, or which are in other shards
    private void publish(List<Publication> batch, int crossing, PublishListener listener) {
        Pieces pieces = new Pieces(batch.size(), listener);
        int behind = batch.size() - crossing - 1;
        session.turns().hold();
        if (crossing > 0) {
            publish(batch.subList(0, crossing), some -> pieces.decided(some, crossing));
        }
        PublishListener decided =
                one -> {
                    pieces.decided(one, 1);
                    if (behind > 0) {
                        publish(
                                batch.subList(crossing + 1, batch.size()),
                                rest -> pieces.decided(rest, behind));
                    }
                    session.turns().release();
                };
        session.publishes()
                .afterAll(() -> session.transactor().publish(batch.get(crossing), decided));
    }

    /// Begins the commands of a hand-over.
    ///
    /// @param memory gives the part for what lives in memory
    Drafting draft(Decision decision, Supplier<Part> memory, int size) {
        Drafting drafting = new Drafting(decision, memory, size);
        drafting.whole = true;
        return drafting;
    }

    /// The commands of one hand-over on their way to becoming parts.
    final class Drafting {
        private final Decision decision;
        private final Supplier<Part> memory;
        private final Catalog catalog = session.core().catalog();
        private final Surroundings.Opener opener = session.core().opener();
        private final HeadWriter heads;
        final List<Part> parts = new ArrayList<>(1);

        /// Whether it belongs to a transaction.
        private boolean whole;

        /// Whether what one stream decides about goes to others that it cannot decide for alone.
        private boolean crosses;

        /// The shard that has all streams which expectations are about, or [#NO_SHARD].
        int decidingShard = NO_SHARD;

        private Drafting(Decision decision, Supplier<Part> memory, int size) {
            this.decision = decision;
            this.memory = memory;
            heads = new HeadWriter(size * HEAD_GUESS_BYTES);
        }

        /// Drafts one publication; gives why it goes nowhere, or null.
        @Nullable Outcome draft(int place, Publication publication) {
            Address address = publication.address();
            Content content = publication.content();
            if (content.bytes().remaining() > Command.LARGEST_PAYLOAD_BYTES) {
                return Outcome.TOO_LARGE;
            }
            if (!allowed(address)) {
                return Outcome.DENIED;
            }
            RoutePlan plan = routes.plan(address, content, catalog);
            switch (plan.found()) {
                case NOT_FOUND -> {
                    return Outcome.NOT_FOUND;
                }
                case CLOSED -> {
                    return Outcome.DENIED;
                }
                case ROUTED -> {}
            }
            Audience audience = plan.audience(session.core().listeners(), session.id());
            if (plan.isEmpty() && !plan.isHeard(session.core().listeners(), session.id())) {
                return address instanceof Address.Direct ? Outcome.NOT_FOUND : Outcome.UNROUTABLE;
            }
            Outcome unfit = unfit(place, content, plan);
            if (unfit != null) {
                return unfit;
            }
            int partition = address instanceof Address.Direct direct ? direct.partition() : -1;
            Topic.Partition deciding = null;
            if (publication.expectation() != null) {
                deciding = plan.deciding(publication, partition, opener);
                if (deciding == null) {
                    return Outcome.UNFIT;
                }
                decision.expect(place, publication.expectation());
            }
            List<RoutePlan.Leg> legs = plan.legs(content, partition);
            boolean alone = plan.branches().isEmpty();
            if (deciding != null && !decidesIn(deciding.shard(), legs, alone)) {
                return Outcome.UNFIT;
            }
            if (!plan.fits(publication.replaces(), publication.asks())) {
                return Outcome.UNFIT;
            }
            Origin origin = plan.wantsOrigin() ? origin(address) : null;
            Terms terms = terms(publication, plan, asked(place, publication, plan, partition));
            decision.copies.add(place, audience, plan.subjects(), content);
            for (RoutePlan.Leg leg : legs) {
                Terms ofLeg = terms.expecting(expected(publication, deciding, leg));
                add(
                        place,
                        content,
                        leg,
                        new PublishHeads(leg, content, origin, address, ofLeg, opener));
            }
            for (RoutePlan.Branch branch : plan.branches()) {
                add(place, branch, publication);
            }
            return null;
        }

        /// Why a message cannot be stored, or what bindings made of it; null where all can.
        private @Nullable Outcome unfit(int place, Content content, RoutePlan plan) {
            String problem = plan.problem(content, session.core().schemas());
            if (problem != null) {
                decision.problem(place, problem);
                return Outcome.MALFORMED;
            }
            for (RoutePlan.Branch branch : plan.branches()) {
                if (branch.content().bytes().remaining() > Command.LARGEST_PAYLOAD_BYTES) {
                    return Outcome.TOO_LARGE;
                }
                Outcome unfit = unfit(place, branch.content(), branch.plan());
                if (unfit != null) {
                    return unfit;
                }
            }
            return null;
        }

        /// Drafts what goes another way as something else.
        private void add(int place, RoutePlan.Branch branch, Publication publication) {
            RoutePlan plan = branch.plan();
            Content content = branch.content();
            Address address = branch.address();
            Origin origin = plan.wantsOrigin() ? origin(address) : null;
            // A dead letter is no publish: no window of ids keeps it from its way.
            boolean published = content.envelope().trail() == null;
            KeyDigest id = published && plan.wantsIds() ? id(publication) : null;
            Terms terms = id == null ? Terms.NONE : new Terms(id, null, Terms.NOBODY);
            Audience audience = plan.audience(session.core().listeners(), session.id());
            decision.copies.add(place, audience, plan.subjects(), content);
            for (RoutePlan.Leg leg : plan.legs(content, -1)) {
                add(
                        place,
                        content,
                        leg,
                        new PublishHeads(leg, content, origin, address, terms, opener));
            }
        }

        /// Notes which shard decides about a message.
        ///
        /// @param alone whether the message is stored as it was published only
        /// @return whether it is the only one, and can decide for all
        private boolean decidesIn(int shard, List<RoutePlan.Leg> legs, boolean alone) {
            boolean same = decidingShard == NO_SHARD || decidingShard == shard;
            crosses =
                    !alone
                            || legs.size() > 1
                            || legs.getFirst().streams().length > PublishHeads.LEAST_STREAMS;
            decidingShard = shard;
            return whole ? same : !crosses;
        }

        /// What the sender expects, for the leg that can tell if it holds; else null.
        private static @Nullable Expected expected(
                Publication publication, Topic.@Nullable Partition deciding, RoutePlan.Leg leg) {
            Expectation said = publication.expectation();
            if (said == null || deciding == null || !leg.has(deciding.stream())) {
                return null;
            }
            long stream = leg.streams().length == 1 ? Expected.EACH : deciding.stream();
            String key = said.key();
            KeyDigest digest = key == null ? null : KeyDigest.of(key);
            byte @Nullable [] subject = key == null || !leg.indexed() ? null : key.getBytes(UTF_8);
            return new Expected(said.of(), said.offset(), stream, digest, subject);
        }

        /// The stream of which the sender wants to be told where the message is there.
        private long asked(int place, Publication publication, RoutePlan plan, int partition) {
            TopicName topic = publication.asks();
            if (topic == null) {
                return Terms.NOBODY;
            }
            Topic.Partition asked = plan.partition(topic, publication.content(), partition);
            if (asked == null) {
                return Terms.NOBODY;
            }
            decision.ask(place, topic, asked.number());
            return asked.stream();
        }

        private void add(int place, Content content, RoutePlan.Leg leg, PublishHeads each) {
            Part part = part(leg.shard());
            for (int from = 0; from < leg.streams().length; ) {
                int start = heads.length();
                from = each.encode(heads, from, PublishCommand.MAX_STREAMS);
                part.add(PublishCommand.TYPE, 1, heads, start, place, content.bytes());
            }
        }

        /// Drafts a settlement.
        void draft(SettleCommand settlement) {
            int start = heads.length();
            settlement.encode(heads);
            part(StreamId.shard(StreamId.stream(settlement.subscription())))
                    .add(SettleCommand.TYPE, heads, start, Part.NOBODY);
        }

        private Part part(int shard) {
            if (shard == StreamId.MEMORY_SHARD) {
                return memory.get();
            }
            for (Part part : parts) {
                if (part.port().number() == shard) {
                    return part;
                }
            }
            Part part = new Part(session, decision, session.core().port(shard));
            parts.add(part);
            return part;
        }
    }

    /// All terms but what the sender expects.
    private Terms terms(Publication publication, RoutePlan plan, long asked) {
        KeyDigest id = plan.wantsIds() ? id(publication) : null;
        Replaces replaces = publication.replaces();
        boolean none = id == null && asked == Terms.NOBODY && replaces == Replaces.NOTHING;
        return none ? Terms.NONE : new Terms(id, null, asked, null, replaces);
    }

    /// Stands for the id that its sender gave it; null for none.
    private @Nullable KeyDigest id(Publication publication) {
        Metadata metadata =
                publication.address() instanceof Address.Via via
                        ? via.metadata()
                        : session.core().metadata(publication.content());
        String id = metadata.messageId();
        return id == null ? null : KeyDigest.of(id);
    }

    /// The default exchange: each copy names a queue or topic.
    private boolean allowedToEach(Address.Via via) {
        Predicate<String> allowed = key -> session.may(Operation.WRITE, via.namespace(), key);
        return via.copies().open().stream().allMatch(allowed)
                && via.copies().blind().stream().allMatch(allowed);
    }

    /// What an address was published to, for those who are told its way.
    static Origin origin(Address address) {
        return switch (address) {
            case Address.Direct direct -> new Origin("", List.of(direct.topic().name()), List.of());
            case Address.Subject subject -> new Origin("", List.of(subject.subject()), List.of());
            case Address.Via via -> {
                List<String> keys = new ArrayList<>();
                keys.add(via.routingKey());
                keys.addAll(via.copies().open());
                yield new Origin(via.exchange(), keys, via.copies().blind());
            }
        };
    }

    private boolean allowed(Address address) {
        return switch (address) {
            case Address.Direct direct ->
                    session.may(Operation.WRITE, direct.topic().namespace(), direct.topic().name());
            case Address.Via via when via.exchange().isEmpty() ->
                    session.may(Operation.WRITE, via.namespace(), via.routingKey())
                            && (via.copies().isEmpty() || allowedToEach(via));
            case Address.Via via -> session.may(Operation.WRITE, via.namespace(), via.exchange());
            case Address.Subject subject ->
                    session.may(Operation.WRITE, subject.namespace(), subject.subject());
        };
    }
}
