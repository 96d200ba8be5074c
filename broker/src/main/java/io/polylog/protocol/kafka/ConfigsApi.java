package io.polylog.protocol.kafka;

import io.polylog.broker.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.message.DescribeConfigsRequestData;
import org.apache.kafka.common.message.DescribeConfigsRequestData.DescribeConfigsResource;
import org.apache.kafka.common.message.DescribeConfigsResponseData;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResourceResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsResult;
import org.apache.kafka.common.message.DescribeConfigsResponseData.DescribeConfigsSynonym;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeConfigsRequest;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigSource;
import org.apache.kafka.common.requests.DescribeConfigsResponse.ConfigType;
import org.jspecify.annotations.Nullable;

/// DescribeConfigs of topics and of the node. On the connection's loop.
final class ConfigsApi {
    private ConfigsApi() {}

    static void describeConfigs(KafkaRequest request) {
        DescribeConfigsRequestData body = request.body(DescribeConfigsRequest.class).data();
        DescribeConfigsResponseData answer = new DescribeConfigsResponseData();
        for (DescribeConfigsResource asked : body.resources()) {
            DescribeConfigsResult result =
                    new DescribeConfigsResult()
                            .setResourceType(asked.resourceType())
                            .setResourceName(asked.resourceName());
            answer.results().add(result);
            switch (ConfigResource.Type.forId(asked.resourceType())) {
                case TOPIC -> topic(request, asked, result);
                case BROKER -> node(request, asked, result);
                default -> fail(result, Errors.INVALID_REQUEST, "topics and brokers only");
            }
            if (!body.includeSynonyms()) {
                result.configs().forEach(config -> config.setSynonyms(List.of()));
            }
        }
        request.answer(answer);
    }

    private static void topic(
            KafkaRequest request, DescribeConfigsResource asked, DescribeConfigsResult result) {
        Topic topic =
                KafkaNames.find(request.connection().session().definitions(), asked.resourceName());
        if (topic == null) {
            fail(result, Errors.UNKNOWN_TOPIC_OR_PARTITION, null);
            return;
        }
        boolean queue = topic.spec().retention().untilSettled();
        List<DescribeConfigsResourceResult> configs = new ArrayList<>();
        TopicConfigs.describe(topic, request.connection().node().settings())
                .forEach((key, value) -> {
                    if (wants(asked, key.name())) {
                        boolean given = topic.spec().arguments().containsKey(key.name());
                        configs.add(
                                config(
                                                key.name(),
                                                value,
                                                type(key.kind()),
                                                given
                                                        ? ConfigSource.TOPIC_CONFIG
                                                        : ConfigSource.DEFAULT_CONFIG)
                                        .setReadOnly(queue));
                    }
                });
        result.setConfigs(configs);
    }

    private static ConfigType type(TopicConfigs.Kind kind) {
        return switch (kind) {
            case TopicConfigs.Kind.Whole w -> ConfigType.LONG;
            case TopicConfigs.Kind.Word w ->
                    w.words().contains("false") ? ConfigType.BOOLEAN : ConfigType.STRING;
            case TopicConfigs.Kind.Words w -> ConfigType.LIST;
            case TopicConfigs.Kind.Ratio r -> ConfigType.DOUBLE;
            case TopicConfigs.Kind.Text t -> ConfigType.LIST;
        };
    }

    private static void node(
            KafkaRequest request, DescribeConfigsResource asked, DescribeConfigsResult result) {
        boolean one = asked.resourceName().equals(Integer.toString(KafkaNode.ID));
        if (!one && !asked.resourceName().isEmpty()) {
            fail(result, Errors.INVALID_REQUEST, "there is one broker: " + KafkaNode.ID);
            return;
        }
        KafkaSettings settings = request.connection().node().settings();
        Map<String, Object> values =
                Map.of(
                        "auto.create.topics.enable", settings.autoCreateTopics(),
                        "broker.id", KafkaNode.ID,
                        "default.replication.factor", 1,
                        "log.retention.ms", settings.defaultRetentionMs(),
                        "message.max.bytes", settings.maxBatchBytes(),
                        "min.insync.replicas", 1,
                        "num.partitions", settings.defaultPartitions(),
                        "offsets.topic.replication.factor", 1,
                        "socket.request.max.bytes", settings.maxRequestBytes());
        List<DescribeConfigsResourceResult> configs = new ArrayList<>();
        values.forEach((name, value) -> {
            if (wants(asked, name)) {
                ConfigType type = value instanceof Boolean ? ConfigType.BOOLEAN : ConfigType.LONG;
                configs.add(
                        config(name, value.toString(), type, ConfigSource.STATIC_BROKER_CONFIG));
            }
        });
        result.setConfigs(configs);
    }

    private static boolean wants(DescribeConfigsResource asked, String name) {
        List<String> keys = asked.configurationKeys();
        return keys == null || keys.contains(name);
    }

    private static DescribeConfigsResourceResult config(
            String name, String value, ConfigType type, ConfigSource source) {
        return new DescribeConfigsResourceResult()
                .setName(name)
                .setValue(value)
                .setReadOnly(true)
                .setConfigSource(source.id())
                .setConfigType(type.id())
                .setSynonyms(
                        List.of(
                                new DescribeConfigsSynonym()
                                        .setName(name)
                                        .setValue(value)
                                        .setSource(source.id())));
    }

    private static void fail(DescribeConfigsResult result, Errors error, @Nullable String message) {
        result.setErrorCode(error.code())
                .setErrorMessage(message == null ? error.message() : message);
    }
}
