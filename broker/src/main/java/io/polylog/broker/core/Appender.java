package io.polylog.broker.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Malformed;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.command.AppendCommand;
import io.polylog.broker.command.GuardCommand;
import io.polylog.broker.command.GuardCommand.Mode;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.live.Audience;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.routing.Subjects;
import io.polylog.log.Command;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Turns producers' batches into commands: the batch as sent for its topic, or its records one by
/// one where the topic takes messages, and the records once more for whatever the topic's subject
/// leads to. On the session's loop.
final class Appender {
    private final CoreSession session;
    private final Successions successions = new Successions();

    Appender(CoreSession session) {
        this.session = session;
    }

    void append(List<Append> batches, AppendListener listener) {
        AppendBatch decision = new AppendBatch(session, batches.size(), listener);
        Drafting drafting = new Drafting(decision);
        for (int place = 0; place < batches.size(); place++) {
            Outcome refused = drafting.draft(place, batches.get(place));
            if (refused != null) {
                decision.decide(place, refused);
            }
        }
        session.publishes().add(decision);
        drafting.parts.forEach(decision::propose);
        decision.proposed();
    }

    /// How the streams that take records know them.
    ///
    /// @param orders by which key each tells messages apart that does
    /// @param indexed whether one of them knows messages by their subjects
    private record Receivers(Map<Long, KeyOrder> orders, boolean indexed) {
        static Receivers of(List<RoutePlan.Leg> legs) {
            Map<Long, KeyOrder> orders = new HashMap<>(0);
            for (RoutePlan.Leg leg : legs) {
                List<KeyOrder> all = leg.orders();
                for (int i = 0; all != null && i < all.size(); i++) {
                    if (!all.get(i).isNone()) {
                        orders.put(leg.streams()[i], all.get(i));
                    }
                }
            }
            return new Receivers(orders, legs.stream().anyMatch(RoutePlan.Leg::indexed));
        }

        /// With the stream of a topic.
        Receivers and(Topic topic, long stream) {
            KeyOrder order = RoutePlan.orderOf(topic);
            if (!order.isNone()) {
                orders.put(stream, order);
            }
            return new Receivers(orders, indexed || topic.spec().policy().admission().indexed());
        }

        private List<KeyOrder> of(long[] streams) {
            return LongStream.of(streams)
                    .mapToObj(stream -> orders.getOrDefault(stream, KeyOrder.NONE))
                    .toList();
        }
    }

    /// The commands of one hand-over on their way to becoming parts.
    private final class Drafting {
        private final AppendBatch decision;
        private final Catalog catalog = session.core().catalog();
        private final HeadWriter heads = new HeadWriter(256);
        final List<Part> parts = new ArrayList<>(1);

        Drafting(AppendBatch decision) {
            this.decision = decision;
        }

        @Nullable Outcome draft(int place, Append append) {
            String namespace = append.topic().namespace();
            if (!session.may(Operation.WRITE, namespace, append.topic().name())) {
                return Outcome.DENIED;
            }
            Topic topic = catalog.topic(append.topic());
            if (topic == null
                    || append.partition() < 0
                    || append.partition() >= topic.partitions().size()) {
                return Outcome.NOT_FOUND;
            }
            if (append.batch().remaining() > Command.LARGEST_PAYLOAD_BYTES) {
                return Outcome.TOO_LARGE;
            }
            boolean messages = topic.spec().form() == TopicSpec.Form.MESSAGES;
            boolean checked = !topic.policy().admission().schema().isEmpty();
            if ((messages || checked) && append.opened().isEmpty()) {
                // Became so after the adapter looked: it will look again.
                return Outcome.BUSY;
            }
            var besides = new Besides(session.core(), catalog, topic, append, session.id());
            List<Malformed> malformed = malformed(topic, besides, append);
            if (!malformed.isEmpty()) {
                decision.malformed(place, malformed);
                return null;
            }
            Topic.Partition home = topic.partitions().get(append.partition());
            listened(place, topic, append, besides);
            Part part = part(home.shard());
            if (messages) {
                opened(place, append, topic, besides, part);
            } else {
                whole(place, append, home, besides, part);
            }
            for (RoutePlan.Leg leg : besides.legs()) {
                if (leg.shard() != home.shard()) {
                    elsewhere(place, append, home.stream(), besides, leg);
                }
            }
            return null;
        }

        /// The records that do not fit the topic, or another that their subject leads to.
        private List<Malformed> malformed(Topic topic, Besides besides, Append append) {
            List<String> wanted = Schemas.of(List.of(topic));
            List<Malformed> found = new ArrayList<>(0);
            for (int at = 0; at < append.opened().size(); at++) {
                String problem =
                        wanted.isEmpty()
                                ? null
                                : session.core().schemas().problem(wanted, append.opened().get(at));
                problem = problem == null ? besides.problem(at) : problem;
                if (problem != null) {
                    found.add(new Malformed(at, problem));
                }
            }
            return found;
        }

        private void listened(int place, Topic topic, Append append, Besides besides) {
            if (append.opened().isEmpty()) {
                return;
            }
            Subjects subjects = catalog.routes().subjects(topic);
            Audience audience = session.core().listeners().audience(subjects, session.id());
            append.opened().forEach(each -> decision.copies.add(place, audience, subjects, each));
            for (RoutePlan.Branch branch : besides.branches()) {
                RoutePlan plan = branch.plan();
                decision.copies.add(
                        place,
                        plan.audience(session.core().listeners(), session.id()),
                        plan.subjects(),
                        branch.content());
            }
        }

        private void whole(
                int place, Append append, Topic.Partition home, Besides besides, Part part) {
            int from = heads.length();
            new AppendCommand(
                            home.stream(),
                            append.encoding(),
                            append.maxTimestampMs(),
                            append.producer())
                    .encode(heads);
            part.add(AppendCommand.TYPE, append.recordCount(), heads, from, place, append.batch());
            long[] streams = inShard(besides.legs(), home.shard());
            if (streams.length > 0) {
                guard(place, append, home.stream(), Mode.AFTER_APPEND, false, part);
                Receivers receivers = Receivers.of(besides.legs());
                besides.store(streams, home.stream(), storing(place, append, receivers, part));
            }
        }

        private void opened(int place, Append append, Topic topic, Besides besides, Part part) {
            Topic.Partition home = topic.partitions().get(append.partition());
            guard(place, append, home.stream(), Mode.OPENED, false, part);
            long[] beside = inShard(besides.legs(), home.shard());
            long[] streams = new long[beside.length + 1];
            streams[0] = home.stream();
            System.arraycopy(beside, 0, streams, 1, beside.length);
            Receivers receivers = Receivers.of(besides.legs()).and(topic, home.stream());
            besides.store(streams, home.stream(), storing(place, append, receivers, part));
        }

        private void elsewhere(
                int place, Append append, long source, Besides besides, RoutePlan.Leg leg) {
            Part part = new Part(session, decision, session.core().port(leg.shard()));
            Successions.Split split = successions.note(source, leg, append);
            Besides.Storing storing = storing(place, append, Receivers.of(List.of(leg)), part);
            if (split.following().length > 0) {
                guard(place, append, source, Mode.STORED_ELSEWHERE, true, part);
                besides.store(split.following(), source, storing);
            }
            if (split.anew().length > 0) {
                guard(place, append, source, Mode.STORED_ELSEWHERE, false, part);
                besides.store(split.anew(), source, storing);
            }
            decision.follow(place, part);
        }

        private void guard(
                int place, Append append, long source, Mode mode, boolean follows, Part part) {
            int from = heads.length();
            new GuardCommand(source, mode, follows, append.recordCount(), append.producer())
                    .encode(heads);
            part.add(GuardCommand.TYPE, heads, from, place);
        }

        private Besides.Storing storing(int place, Append append, Receivers receivers, Part part) {
            byte @Nullable [] subject =
                    receivers.indexed ? append.topic().name().getBytes(UTF_8) : null;
            boolean ordered = !receivers.orders.isEmpty();
            int most = ordered ? PublishCommand.MAX_STREAMS / 2 : PublishCommand.MAX_STREAMS;
            return (address, content, streams) -> {
                int[] hashes =
                        ordered
                                ? OrderingKeys.hashes(
                                        receivers.of(streams),
                                        address,
                                        content,
                                        session.core().opener())
                                : new int[0];
                for (int at = 0; at < streams.length; at += most) {
                    int count = Math.min(most, streams.length - at);
                    int from = heads.length();
                    PublishCommand.encodeGuarded(heads, content, subject, ordered);
                    PublishCommand.encode(heads, streams, at, count);
                    if (ordered) {
                        PublishCommand.encodeKeyHashes(heads, hashes, at, count);
                    }
                    part.add(PublishCommand.TYPE, 1, heads, from, place, content.bytes());
                }
            };
        }

        private Part part(int shard) {
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

    private static long[] inShard(List<RoutePlan.Leg> legs, int shard) {
        return legs.stream()
                .filter(leg -> leg.shard() == shard)
                .flatMap(leg -> Stream.of(leg.streams()))
                .findFirst()
                .orElse(new long[0]);
    }
}
