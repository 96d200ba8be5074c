package io.polylog.protocol.kafka;

import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.OffsetCommitRequestData;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestPartition;
import org.apache.kafka.common.message.OffsetCommitRequestData.OffsetCommitRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestPartition;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopic;
import org.apache.kafka.common.message.OffsetDeleteRequestData.OffsetDeleteRequestTopicCollection;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestGroup;
import org.apache.kafka.common.message.OffsetFetchRequestData.OffsetFetchRequestTopics;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseGroup;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponsePartitions;
import org.apache.kafka.common.message.OffsetFetchResponseData.OffsetFetchResponseTopics;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.OffsetCommitRequest;
import org.apache.kafka.common.requests.OffsetCommitResponse;
import org.apache.kafka.common.requests.OffsetDeleteRequest;
import org.apache.kafka.common.requests.OffsetDeleteResponse;
import org.apache.kafka.common.requests.OffsetFetchRequest;
import org.apache.kafka.common.requests.OffsetFetchResponse;
import org.jspecify.annotations.Nullable;

/// OffsetCommit, OffsetFetch and OffsetDelete. The coordinator keeps a topic's id with an offset,
/// so that a later topic of the same name begins anew; here names and ids are filled in for it. On
/// the connection's loop.
final class GroupOffsetsApi {
    private GroupOffsetsApi() {}

    private static Definitions definitions(KafkaRequest request) {
        return request.connection().session().definitions();
    }

    // OffsetCommit -----------------------------------------------------------------------------

    static void commit(KafkaRequest request) {
        OffsetCommitRequestData body = request.body(OffsetCommitRequest.class).data();
        boolean byId = OffsetCommitResponse.useTopicIds(request.version());
        Errors unknown = byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
        OffsetCommitResponse.Builder answer = OffsetCommitResponse.newBuilder(byId);
        List<OffsetCommitRequestTopic> known = new ArrayList<>();
        for (OffsetCommitRequestTopic asked : body.topics()) {
            Topic topic = find(request, byId, asked.topicId(), asked.name());
            if (topic == null) {
                answer.addPartitions(
                        asked.topicId(),
                        asked.name(),
                        asked.partitions(),
                        OffsetCommitRequestPartition::partitionIndex,
                        unknown);
            } else {
                known.add(named(asked, topic, answer));
            }
        }
        known.removeIf(topic -> topic.partitions().isEmpty());
        if (known.isEmpty()) {
            request.answer(answer.build().data());
            return;
        }
        body.setTopics(known);
        GroupApi.ask(
                request,
                (groups, who) -> groups.commit(who, body),
                found -> answer.merge(found).build().data());
    }

    private static @Nullable Topic find(KafkaRequest request, boolean byId, Uuid id, String name) {
        return byId
                ? KafkaNames.find(definitions(request), id)
                : KafkaNames.find(definitions(request), name);
    }

    /// The partitions that exist, with the topic's name and id; the others are answered.
    private static OffsetCommitRequestTopic named(
            OffsetCommitRequestTopic asked, Topic topic, OffsetCommitResponse.Builder answer) {
        OffsetCommitRequestTopic named =
                new OffsetCommitRequestTopic()
                        .setName(KafkaNames.kafkaName(topic).orElseThrow())
                        .setTopicId(KafkaNames.id(topic));
        for (OffsetCommitRequestPartition partition : asked.partitions()) {
            int index = partition.partitionIndex();
            if (index >= 0 && index < topic.partitions().size()) {
                named.partitions().add(partition);
            } else {
                answer.addPartition(
                        asked.topicId(), asked.name(), index, Errors.UNKNOWN_TOPIC_OR_PARTITION);
            }
        }
        return named;
    }

    // OffsetFetch ------------------------------------------------------------------------------

    static void fetch(KafkaRequest request) {
        OffsetFetchRequest body = request.body(OffsetFetchRequest.class);
        List<OffsetFetchRequestGroup> asked = body.groups();
        OffsetFetchResponseGroup[] found = new OffsetFetchResponseGroup[asked.size()];
        Gather gather =
                new Gather(() ->
                        request.answer(
                                new OffsetFetchResponse.Builder(List.of(found))
                                        .build(request.version())
                                        .data()));
        for (int i = 0; i < found.length; i++) {
            int place = i;
            OffsetFetchRequestGroup group = asked.get(i);
            List<OffsetFetchResponseTopics> unknown = name(request, group);
            var who = GroupApi.context(request);
            gather.add(
                    onLoop(
                            request,
                            request.connection()
                                    .node()
                                    .groups()
                                    .fetch(who, group, body.requireStable())),
                    (answer, error) ->
                            found[place] =
                                    error == null && answer != null
                                            ? complete(request, answer, unknown)
                                            : failed(request, group, error));
        }
        gather.allAdded();
    }

    /// The same stage, completing on the connection's loop.
    private static <T> CompletionStage<T> onLoop(KafkaRequest request, CompletionStage<T> stage) {
        CompletableFuture<T> moved = new CompletableFuture<>();
        stage.whenComplete((value, error) ->
                request.connection()
                        .post(() -> {
                            if (error != null) {
                                moved.completeExceptionally(error);
                            } else {
                                moved.complete(value);
                            }
                        }));
        return moved;
    }

    /// Fills in names and ids; gives the answers for topics that do not exist.
    private static List<OffsetFetchResponseTopics> name(
            KafkaRequest request, OffsetFetchRequestGroup group) {
        boolean byId = OffsetFetchRequest.useTopicIds(request.version());
        List<OffsetFetchResponseTopics> unknown = new ArrayList<>();
        if (group.topics() == null) {
            return unknown;
        }
        List<OffsetFetchRequestTopics> known = new ArrayList<>();
        for (OffsetFetchRequestTopics asked : group.topics()) {
            Topic topic = find(request, byId, asked.topicId(), asked.name());
            if (topic != null) {
                known.add(
                        asked.setName(KafkaNames.kafkaName(topic).orElseThrow())
                                .setTopicId(KafkaNames.id(topic)));
            } else if (byId) {
                unknown.add(unknown(asked));
            } else {
                known.add(asked); // has no offsets: the coordinator says so
            }
        }
        group.setTopics(known);
        return unknown;
    }

    private static OffsetFetchResponseTopics unknown(OffsetFetchRequestTopics asked) {
        OffsetFetchResponseTopics topic =
                new OffsetFetchResponseTopics().setTopicId(asked.topicId());
        for (int partition : asked.partitionIndexes()) {
            topic.partitions()
                    .add(
                            new OffsetFetchResponsePartitions()
                                    .setPartitionIndex(partition)
                                    .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code())
                                    .setCommittedOffset(OffsetFetchResponse.INVALID_OFFSET)
                                    .setMetadata(OffsetFetchResponse.NO_METADATA));
        }
        return topic;
    }

    private static OffsetFetchResponseGroup complete(
            KafkaRequest request,
            OffsetFetchResponseGroup answer,
            List<OffsetFetchResponseTopics> unknown) {
        if (OffsetFetchRequest.useTopicIds(request.version())) {
            List<OffsetFetchResponseTopics> topics = new ArrayList<>();
            for (OffsetFetchResponseTopics topic : answer.topics()) {
                Topic now = KafkaNames.find(definitions(request), topic.name());
                if (now != null) { // one that is gone has no id any more
                    topics.add(topic.setTopicId(KafkaNames.id(now)));
                }
            }
            topics.addAll(unknown);
            answer.setTopics(topics);
        }
        return answer;
    }

    private static OffsetFetchResponseGroup failed(
            KafkaRequest request, OffsetFetchRequestGroup group, @Nullable Throwable error) {
        Errors why =
                error == null
                        ? Errors.UNKNOWN_SERVER_ERROR
                        : Errors.forException(KafkaErrors.exception(error));
        return OffsetFetchResponse.groupError(group, why, request.version());
    }

    // OffsetDelete -----------------------------------------------------------------------------

    static void delete(KafkaRequest request) {
        OffsetDeleteRequestData body = request.body(OffsetDeleteRequest.class).data();
        OffsetDeleteResponse.Builder answer = new OffsetDeleteResponse.Builder();
        OffsetDeleteRequestTopicCollection known = new OffsetDeleteRequestTopicCollection();
        for (OffsetDeleteRequestTopic asked : body.topics()) {
            if (KafkaNames.find(definitions(request), asked.name()) == null) {
                answer.addPartitions(
                        asked.name(),
                        asked.partitions(),
                        OffsetDeleteRequestPartition::partitionIndex,
                        Errors.UNKNOWN_TOPIC_OR_PARTITION);
            } else {
                known.add(asked.duplicate());
            }
        }
        OffsetDeleteRequestData rest =
                new OffsetDeleteRequestData().setGroupId(body.groupId()).setTopics(known);
        GroupApi.ask(
                request,
                (groups, who) -> groups.deleteOffsets(who, rest),
                found -> answer.merge(found).build().data());
    }
}
