package io.polylog.protocol.kafka;

import io.netty.util.concurrent.Future;
import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.FetchResponseData.FetchableTopicResponse;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.FetchRequest;
import org.jspecify.annotations.Nullable;

/// Fetch: reads each partition in turn while there is room, and waits for more where there is too
/// little. One object a request, on the connection's loop. Sessions are declined: every answer says
/// session 0, so clients always name all they want.
final class FetchApi {
    /// Most bytes of batches in one answer, beyond a first one of any size: what a client that does
    /// not read its answer can make the broker hold.
    private static final int MOST_BYTES = 1024 * 1024;

    private static final short TOPIC_IDS_FROM = 13;

    private final KafkaRequest request;
    private final FetchRequestData body;
    private final FetchResponseData answer = new FetchResponseData();
    private final List<FetchedPartition> partitions = new ArrayList<>();
    private final int limit;
    private boolean overdue;
    private boolean arming;
    private boolean fired;
    private boolean done;
    private @Nullable Future<?> deadline;

    private FetchApi(KafkaRequest request) {
        this.request = request;
        body = request.body(FetchRequest.class).data();
        limit = Math.min(Math.max(body.maxBytes(), 1), MOST_BYTES);
    }

    static void fetch(KafkaRequest request) {
        new FetchApi(request).run();
    }

    private void run() {
        if (body.sessionId() != 0) {
            request.answer(answer.setErrorCode(Errors.FETCH_SESSION_ID_NOT_FOUND.code()));
            return;
        }
        Definitions definitions = request.connection().session().definitions();
        for (FetchTopic asked : body.topics()) {
            FetchableTopicResponse response =
                    new FetchableTopicResponse()
                            .setTopic(asked.topic())
                            .setTopicId(asked.topicId());
            answer.responses().add(response);
            Topic topic = topic(definitions, asked);
            for (FetchPartition partition : asked.partitions()) {
                FetchedPartition fetched = open(topic, partition);
                partitions.add(fetched);
                response.partitions().add(fetched.answer());
            }
        }
        request.onHurry(this::hurry);
        read(0);
    }

    private @Nullable Topic topic(Definitions definitions, FetchTopic asked) {
        return request.version() >= TOPIC_IDS_FROM
                ? KafkaNames.find(definitions, asked.topicId())
                : KafkaNames.find(definitions, asked.topic());
    }

    private FetchedPartition open(@Nullable Topic topic, FetchPartition asked) {
        FetchedPartition fetched = new FetchedPartition(request.connection().node(), asked);
        if (topic == null) {
            boolean byId = request.version() >= TOPIC_IDS_FROM;
            fetched.fail(byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        } else if (asked.partition() < 0 || asked.partition() >= topic.partitions().size()) {
            fetched.fail(Errors.UNKNOWN_TOPIC_OR_PARTITION);
        } else if (asked.currentLeaderEpoch() > KafkaBatch.LEADER_EPOCH) {
            fetched.fail(Errors.UNKNOWN_LEADER_EPOCH);
        } else {
            fetched.open(
                    request.connection().readers().of(topic, asked.partition()),
                    topic.spec().isQueue());
        }
        return fetched;
    }

    /// Reads the partitions from a place in the list on, one after the other.
    private void read(int from) {
        for (int i = from; i < partitions.size(); i++) {
            int room = limit - bytes();
            if (room <= 0) {
                break;
            }
            int next = i + 1;
            if (!partitions.get(i).read(room, () -> read(next))) {
                return;
            }
        }
        decide();
    }

    private int bytes() {
        int bytes = 0;
        for (FetchedPartition partition : partitions) {
            bytes += partition.bytes();
        }
        return bytes;
    }

    private void decide() {
        boolean enough =
                partitions.isEmpty()
                        || overdue
                        || request.connection().stopping()
                        || bytes() >= Math.min(Math.max(body.minBytes(), 0), limit)
                        || partitions.stream().anyMatch(FetchedPartition::urgent);
        if (enough || body.maxWaitMs() <= 0) {
            finish();
            return;
        }
        if (deadline == null) {
            deadline =
                    request.connection()
                            .channel()
                            .eventLoop()
                            .schedule(this::hurry, body.maxWaitMs(), TimeUnit.MILLISECONDS);
        }
        watch();
    }

    private void watch() {
        arming = true;
        for (FetchedPartition partition : partitions) {
            partition.watch(this::more);
        }
        arming = false;
        if (fired) {
            more();
        }
    }

    private void more() {
        if (arming) {
            fired = true; // there is more already: said before all watches are set
            return;
        }
        fired = false;
        if (stopWatching()) {
            read(0);
        }
    }

    /// Nobody waits any longer: answers with what there is.
    private void hurry() {
        overdue = true;
        if (stopWatching()) {
            finish();
        }
    }

    /// Whether it was waiting, rather than reading.
    private boolean stopWatching() {
        boolean watched = false;
        for (FetchedPartition partition : partitions) {
            watched |= partition.unwatch();
        }
        return watched;
    }

    private void finish() {
        if (done) {
            return;
        }
        done = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
        partitions.forEach(FetchedPartition::finish);
        request.answer(answer);
    }
}
