package io.polylog.protocol.kafka;

import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersion;
import org.apache.kafka.common.message.ApiVersionsResponseData.ApiVersionCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.ApiVersionsRequest;

/// The requests that are served, and the answer that lists them. Stateless; any thread.
final class ApiTable {
    /// librdkafka takes a broker that does not list Produce 0 for one that knows no batches
    /// (KAFKA-18659), so 0 is listed, as Kafka does, and served from 3 on.
    private static final short LISTED_PRODUCE = 0;

    private static final Map<ApiKeys, KafkaApi> SERVED = new EnumMap<>(ApiKeys.class);

    static {
        SERVED.put(ApiKeys.API_VERSIONS, ApiTable::versions);
        SERVED.put(ApiKeys.METADATA, MetadataApi::metadata);
        SERVED.put(ApiKeys.PRODUCE, ProduceApi::produce);
        SERVED.put(ApiKeys.FETCH, FetchApi::fetch);
        SERVED.put(ApiKeys.LIST_OFFSETS, OffsetsApi::listOffsets);
        SERVED.put(ApiKeys.OFFSET_FOR_LEADER_EPOCH, OffsetsApi::leaderEpochs);
        SERVED.put(ApiKeys.FIND_COORDINATOR, GroupApi::findCoordinator);
        SERVED.put(ApiKeys.JOIN_GROUP, GroupApi::join);
        SERVED.put(ApiKeys.SYNC_GROUP, GroupApi::sync);
        SERVED.put(ApiKeys.HEARTBEAT, GroupApi::heartbeat);
        SERVED.put(ApiKeys.LEAVE_GROUP, GroupApi::leave);
        SERVED.put(ApiKeys.OFFSET_COMMIT, GroupOffsetsApi::commit);
        SERVED.put(ApiKeys.OFFSET_FETCH, GroupOffsetsApi::fetch);
        SERVED.put(ApiKeys.OFFSET_DELETE, GroupOffsetsApi::delete);
        SERVED.put(ApiKeys.LIST_GROUPS, GroupApi::list);
        SERVED.put(ApiKeys.DESCRIBE_GROUPS, GroupApi::describe);
        SERVED.put(ApiKeys.DELETE_GROUPS, GroupApi::delete);
        SERVED.put(ApiKeys.INIT_PRODUCER_ID, ProducerIdApi::initProducerId);
        SERVED.put(ApiKeys.CREATE_TOPICS, TopicsApi::createTopics);
        SERVED.put(ApiKeys.DELETE_TOPICS, TopicsApi::deleteTopics);
        SERVED.put(ApiKeys.CREATE_PARTITIONS, TopicsApi::createPartitions);
        SERVED.put(ApiKeys.DESCRIBE_CONFIGS, ConfigsApi::describeConfigs);
        SERVED.put(ApiKeys.ALTER_CONFIGS, AlterConfigsApi::alterConfigs);
        SERVED.put(ApiKeys.INCREMENTAL_ALTER_CONFIGS, AlterConfigsApi::incrementalAlterConfigs);
        SERVED.put(ApiKeys.DELETE_RECORDS, StorageApi::deleteRecords);
        SERVED.put(ApiKeys.DESCRIBE_LOG_DIRS, StorageApi::describeLogDirs);
        SERVED.put(ApiKeys.DESCRIBE_CLUSTER, ClusterApi::describeCluster);
        SERVED.put(ApiKeys.DESCRIBE_TOPIC_PARTITIONS, ClusterApi::describeTopicPartitions);
        SERVED.put(ApiKeys.SASL_HANDSHAKE, ClusterApi::saslHandshake);
        SERVED.put(ApiKeys.SASL_AUTHENTICATE, ClusterApi::saslAuthenticate);
    }

    private ApiTable() {}

    static boolean serves(ApiKeys key, short version) {
        return SERVED.containsKey(key)
                && version >= key.oldestVersion()
                && version <= key.latestVersion(false);
    }

    static KafkaApi api(ApiKeys key) {
        KafkaApi api = SERVED.get(key);
        if (api == null) {
            throw new IllegalArgumentException(key + " is not served");
        }
        return api;
    }

    private static void versions(KafkaRequest request) {
        ApiVersionsRequest body = request.body(ApiVersionsRequest.class);
        ApiVersionsResponseData answer = new ApiVersionsResponseData();
        if (body.hasUnsupportedRequestVersion()) {
            answer.setErrorCode(Errors.UNSUPPORTED_VERSION.code());
        } else if (!body.isValid()) {
            answer.setErrorCode(Errors.INVALID_REQUEST.code());
        }
        request.answer(answer.setApiKeys(listed()));
    }

    private static ApiVersionCollection listed() {
        ApiVersionCollection listed = new ApiVersionCollection();
        for (ApiKeys key : SERVED.keySet()) {
            short oldest = key == ApiKeys.PRODUCE ? LISTED_PRODUCE : key.oldestVersion();
            listed.add(
                    new ApiVersion()
                            .setApiKey(key.id)
                            .setMinVersion(oldest)
                            .setMaxVersion(key.latestVersion(false)));
        }
        return listed;
    }
}
