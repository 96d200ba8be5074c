package io.polylog.broker.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Malformed;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
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
import io.polylog.broker.routing.Route;
import io.polylog.broker.routing.Subjects;
import io.polylog.log.Command;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
            List<Topic> beside = beside(topic, append);
            List<Malformed> malformed = malformed(topic, beside, append);
            if (!malformed.isEmpty()) {
                decision.malformed(place, malformed);
                return null;
            }
            Topic.Partition home = topic.partitions().get(append.partition());
            List<RoutePlan.Leg> besides = besides(beside, append);
            listened(place, topic, append);
            Part part = part(home.shard());
            if (messages) {
                opened(place, append, topic, besides, part);
            } else {
                whole(place, append, home, besides, part);
            }
            for (RoutePlan.Leg leg : besides) {
                if (leg.shard() != home.shard()) {
                    elsewhere(place, append, home.stream(), leg);
                }
            }
            return null;
        }

        /// The records that do not fit the topic, or another that their subject leads to.
        private List<Malformed> malformed(Topic topic, List<Topic> beside, Append append) {
            List<String> wanted =
                    Schemas.of(Stream.concat(Stream.of(topic), beside.stream()).toList());
            List<Malformed> found = new ArrayList<>(0);
            for (int at = 0; !wanted.isEmpty() && at < append.opened().size(); at++) {
                String problem = session.core().schemas().problem(wanted, append.opened().get(at));
                if (problem != null) {
                    found.add(new Malformed(at, problem));
                }
            }
            return found;
        }

        private List<Topic> beside(Topic topic, Append append) {
            return append.opened().isEmpty()
                    ? List.of()
                    : catalog.routes().beside(topic, session.core().entropy());
        }

        private List<RoutePlan.Leg> besides(List<Topic> targets, Append append) {
            if (targets.isEmpty()) {
                return List.of();
            }
            Route route = new Route(Route.Found.ROUTED, targets);
            return new RoutePlan(route, session.id())
                    .legs(append.opened().getFirst(), append.partition());
        }

        private void listened(int place, Topic topic, Append append) {
            if (append.opened().isEmpty()) {
                return;
            }
            Subjects subjects = catalog.routes().subjects(topic);
            Audience audience = session.core().listeners().audience(subjects, session.id());
            append.opened().forEach(each -> decision.copies.add(place, audience, subjects, each));
        }

        private void whole(
                int place,
                Append append,
                Topic.Partition home,
                List<RoutePlan.Leg> besides,
                Part part) {
            int from = heads.length();
            new AppendCommand(
                            home.stream(),
                            append.encoding(),
                            append.maxTimestampMs(),
                            append.producer())
                    .encode(heads);
            part.add(AppendCommand.TYPE, append.recordCount(), heads, from, place, append.batch());
            long[] streams = inShard(besides, home.shard());
            if (streams.length > 0) {
                guard(place, append, home.stream(), Mode.AFTER_APPEND, false, part);
                KeyOrder[] orders = orders(besides, streams);
                records(place, append, streams, orders, indexed(besides), part);
            }
        }

        private void opened(
                int place, Append append, Topic topic, List<RoutePlan.Leg> besides, Part part) {
            Topic.Partition home = topic.partitions().get(append.partition());
            guard(place, append, home.stream(), Mode.OPENED, false, part);
            long[] beside = inShard(besides, home.shard());
            long[] streams = new long[beside.length + 1];
            streams[0] = home.stream();
            System.arraycopy(beside, 0, streams, 1, beside.length);
            boolean indexed = topic.spec().policy().admission().indexed() || indexed(besides);
            KeyOrder[] orders = orders(besides, streams);
            orders[0] = RoutePlan.orderOf(topic);
            records(place, append, streams, orders, indexed, part);
        }

        private void elsewhere(int place, Append append, long source, RoutePlan.Leg leg) {
            Part part = new Part(session, decision, session.core().port(leg.shard()));
            Successions.Split split = successions.note(source, leg, append);
            elsewhere(place, append, source, split.following(), true, leg, part);
            elsewhere(place, append, source, split.anew(), false, leg, part);
            decision.follow(place, part);
        }

        /// By which key each stream tells apart what it gets.
        private static KeyOrder[] orders(List<RoutePlan.Leg> legs, long[] streams) {
            return Arrays.stream(streams)
                    .mapToObj(stream ->
                            legs.stream()
                                    .map(leg -> leg.order(stream))
                                    .filter(order -> !order.isNone())
                                    .findFirst()
                                    .orElse(KeyOrder.NONE))
                    .toArray(KeyOrder[]::new);
        }

        private static boolean indexed(List<RoutePlan.Leg> legs) {
            return legs.stream().anyMatch(RoutePlan.Leg::indexed);
        }

        private void elsewhere(
                int place,
                Append append,
                long source,
                long[] streams,
                boolean follows,
                RoutePlan.Leg leg,
                Part part) {
            if (streams.length > 0) {
                guard(place, append, source, Mode.STORED_ELSEWHERE, follows, part);
                KeyOrder[] orders = orders(List.of(leg), streams);
                records(place, append, streams, orders, leg.indexed(), part);
            }
        }

        private void guard(
                int place, Append append, long source, Mode mode, boolean follows, Part part) {
            int from = heads.length();
            new GuardCommand(source, mode, follows, append.recordCount(), append.producer())
                    .encode(heads);
            part.add(GuardCommand.TYPE, heads, from, place);
        }

        /// @param orders by which key each of the streams tells messages apart
        /// @param indexed whether one of the streams knows messages by their subjects
        private void records(
                int place,
                Append append,
                long[] streams,
                KeyOrder[] orders,
                boolean indexed,
                Part part) {
            byte @Nullable [] subject = indexed ? append.topic().name().getBytes(UTF_8) : null;
            boolean ordered = Arrays.stream(orders).anyMatch(order -> !order.isNone());
            int most = ordered ? PublishCommand.MAX_STREAMS / 2 : PublishCommand.MAX_STREAMS;
            Address address = new Address.Direct(append.topic(), append.partition());
            for (Content content : append.opened()) {
                int[] hashes =
                        ordered
                                ? OrderingKeys.hashes(
                                        List.of(orders), address, content, session.core().opener())
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
            }
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
