package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.nats.client.Connection;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.StreamState;
import io.nats.client.impl.Headers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a stream holds in the end, in order, and what is wrong with it: compared with the stream
/// that it was filled from, or with what was to come or to go at its time.
final class KeptMessages {
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final List<Kept> all;

    KeptMessages(List<Kept> all) {
        this.all = List.copyOf(all);
    }

    /// One message.
    ///
    /// @param next what its header says of when its schedule publishes the next; "" for nothing
    /// @param marker why it stands for a message that has gone; "" where it does not
    record Kept(long sequence, String subject, String text, String next, String marker) {
        static Kept of(Message message) {
            Headers headers = message.getHeaders();
            return new Kept(
                    message.metaData().streamSequence(),
                    message.getSubject(),
                    new String(message.getData(), UTF_8),
                    header(headers, "Nats-Schedule-Next"),
                    header(headers, "Nats-Marker-Reason"));
        }

        private static String header(Headers headers, String name) {
            String value = headers == null ? null : headers.getFirst(name);
            return value == null ? "" : value;
        }

        private String body() {
            return subject + " " + text;
        }
    }

    /// Reads a stream to its end as it is now.
    static KeptMessages of(Connection client, String stream) throws Exception {
        StreamState state = client.jetStreamManagement().getStreamInfo(stream).getStreamState();
        List<Kept> all = new ArrayList<>();
        JetStreamSubscription reader =
                client.jetStream()
                        .subscribe(
                                ">",
                                PushSubscribeOptions.builder().stream(stream)
                                        .ordered(true)
                                        .build());
        while (all.size() < state.getMsgCount()) {
            Message next = reader.nextMessage(ANSWER);
            if (next == null) {
                throw new IllegalStateException(
                        "%s has %d messages, and gave %d"
                                .formatted(stream, state.getMsgCount(), all.size()));
            }
            all.add(Kept.of(next));
        }
        reader.unsubscribe();
        return new KeptMessages(all);
    }

    int count() {
        return all.size();
    }

    int count(String subject) {
        return on(subject).size();
    }

    private List<Kept> on(String subject) {
        return all.stream().filter(each -> each.subject.equals(subject)).toList();
    }

    /// What is wrong with it as the copy of another: each message once, in the same order.
    ///
    /// @param sameSequences whether each has the sequence it has there
    List<String> wrongCopyOf(KeptMessages origin, boolean sameSequences) {
        List<String> wrong = new ArrayList<>();
        if (count() != origin.count()) {
            wrong.add(count() + " messages of " + origin.count());
        }
        for (int i = 0; i < Math.min(count(), origin.count()) && wrong.size() < 3; i++) {
            Kept here = all.get(i);
            Kept there = origin.all.get(i);
            boolean same =
                    here.body().equals(there.body())
                            && (!sameSequences || here.sequence == there.sequence);
            if (!same) {
                wrong.add("in place " + i + " is " + here + ", there " + there);
            }
        }
        return wrong;
    }

    /// What is wrong with a subject on which a schedule was to publish once, or again and again,
    /// each time for another moment.
    ///
    /// @param most how often at most
    List<String> wrongSchedule(String subject, int least, int most) {
        List<Kept> came = on(subject);
        List<String> wrong = new ArrayList<>();
        if (came.size() < least || came.size() > most) {
            wrong.add(subject + " was published on " + came.size() + " times");
        }
        long moments = came.stream().map(Kept::next).distinct().count();
        if (moments < came.size()) {
            wrong.add(subject + " was published on for " + moments + " moments: " + came);
        }
        return wrong;
    }

    /// What is wrong with a subject whose one message has gone at its time: one marker stays.
    List<String> wrongEnd(String subject) {
        List<String> found = on(subject).stream().map(Kept::marker).toList();
        return found.equals(List.of("MaxAge"))
                ? List.of()
                : List.of(subject + " has messages with the reasons " + found);
    }
}
