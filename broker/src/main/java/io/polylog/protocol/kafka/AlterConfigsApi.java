package io.polylog.protocol.kafka;

import io.polylog.broker.Topic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.AlterConfigsRequestData;
import org.apache.kafka.common.message.AlterConfigsRequestData.AlterConfigsResource;
import org.apache.kafka.common.message.AlterConfigsResponseData;
import org.apache.kafka.common.message.AlterConfigsResponseData.AlterConfigsResourceResponse;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData;
import org.apache.kafka.common.message.IncrementalAlterConfigsRequestData.AlterableConfig;
import org.apache.kafka.common.message.IncrementalAlterConfigsResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.AlterConfigsRequest;
import org.apache.kafka.common.requests.IncrementalAlterConfigsRequest;
import org.jspecify.annotations.Nullable;

/// AlterConfigs (all keys at once) and IncrementalAlterConfigs (key by key) of topics. On the
/// connection's loop.
final class AlterConfigsApi {
    private final KafkaRequest request;
    private final boolean validateOnly;
    private final Set<ConfigResource> seen = new HashSet<>();
    private final Gather gather;

    private AlterConfigsApi(KafkaRequest request, boolean validateOnly, Runnable whenDone) {
        this.request = request;
        this.validateOnly = validateOnly;
        gather = new Gather(whenDone);
    }

    /// Hears what became of one resource.
    @FunctionalInterface
    private interface Outcome {
        void said(Errors error, @Nullable String message);
    }

    /// What a topic's configuration is to become.
    @FunctionalInterface
    private interface Change {
        Map<String, @Nullable String> of(Map<String, String> now);
    }

    static void alterConfigs(KafkaRequest request) {
        AlterConfigsRequestData body = request.body(AlterConfigsRequest.class).data();
        AlterConfigsResponseData answer = new AlterConfigsResponseData();
        AlterConfigsApi api =
                new AlterConfigsApi(request, body.validateOnly(), () -> request.answer(answer));
        for (AlterConfigsResource asked : body.resources()) {
            AlterConfigsResourceResponse response =
                    new AlterConfigsResourceResponse()
                            .setResourceType(asked.resourceType())
                            .setResourceName(asked.resourceName());
            answer.responses().add(response);
            api.alter(
                    asked.resourceType(),
                    asked.resourceName(),
                    now -> {
                        Map<String, @Nullable String> all = new HashMap<>();
                        asked.configs().forEach(entry -> all.put(entry.name(), entry.value()));
                        return all;
                    },
                    (error, message) ->
                            response.setErrorCode(error.code()).setErrorMessage(message));
        }
        api.gather.allAdded();
    }

    static void incrementalAlterConfigs(KafkaRequest request) {
        IncrementalAlterConfigsRequestData body =
                request.body(IncrementalAlterConfigsRequest.class).data();
        IncrementalAlterConfigsResponseData answer = new IncrementalAlterConfigsResponseData();
        AlterConfigsApi api =
                new AlterConfigsApi(request, body.validateOnly(), () -> request.answer(answer));
        for (IncrementalAlterConfigsRequestData.AlterConfigsResource asked : body.resources()) {
            IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse response =
                    new IncrementalAlterConfigsResponseData.AlterConfigsResourceResponse()
                            .setResourceType(asked.resourceType())
                            .setResourceName(asked.resourceName());
            answer.responses().add(response);
            api.alter(
                    asked.resourceType(),
                    asked.resourceName(),
                    now -> changed(now, asked.configs()),
                    (error, message) ->
                            response.setErrorCode(error.code()).setErrorMessage(message));
        }
        api.gather.allAdded();
    }

    private void alter(byte type, String name, Change change, Outcome outcome) {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.forId(type), name);
        try {
            if (!seen.add(resource)) {
                throw Errors.INVALID_REQUEST.exception("the request names " + name + " twice");
            }
            if (resource.type() != ConfigResource.Type.TOPIC) {
                throw Errors.INVALID_REQUEST.exception(
                        "only topics are configured this way; the broker has a file");
            }
            alter(topic(name), change, outcome);
        } catch (ApiException e) {
            outcome.said(Errors.forException(e), e.getMessage());
        }
    }

    private Topic topic(String name) {
        Topic topic = KafkaNames.find(request.connection().session().definitions(), name);
        if (topic == null) {
            throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
        }
        if (topic.spec().retention().untilSettled()) {
            throw Errors.POLICY_VIOLATION.exception(
                    name + " is a queue: it keeps a message until it is settled");
        }
        if (topic.spec().retention().removable()) {
            throw Errors.POLICY_VIOLATION.exception(
                    name + " is a stream of another protocol, which alone changes it");
        }
        return topic;
    }

    private void alter(Topic topic, Change change, Outcome outcome) {
        Map<String, String> now = topic.spec().arguments();
        Map<String, @Nullable String> wanted = change.of(TopicConfigs.known(now));
        TopicConfigs.Configured configured =
                TopicConfigs.altered(topic, wanted, request.connection().node().settings());
        if (validateOnly) {
            outcome.said(Errors.NONE, null);
            return;
        }
        Map<String, String> kept = new HashMap<>(now);
        kept.keySet().removeAll(TopicConfigs.known(now).keySet());
        kept.putAll(configured.kept());
        gather.add(
                request.connection()
                        .session()
                        .alterTopic(topic.spec().name(), configured.retention(), kept),
                (altered, error) -> {
                    if (error == null) {
                        outcome.said(Errors.NONE, null);
                    } else {
                        ApiException why = KafkaErrors.exception(error);
                        outcome.said(Errors.forException(why), why.getMessage());
                    }
                });
    }

    private static Map<String, @Nullable String> changed(
            Map<String, String> now, Iterable<AlterableConfig> configs) {
        Map<String, @Nullable String> changed = new HashMap<>(now);
        Set<String> named = new HashSet<>();
        for (AlterableConfig config : configs) {
            if (!named.add(config.name())) {
                throw Errors.INVALID_REQUEST.exception(
                        "the request names " + config.name() + " twice");
            }
            OpType operation = OpType.forId(config.configOperation());
            switch (operation) {
                case SET -> changed.put(config.name(), config.value());
                case DELETE -> {
                    TopicConfigs.requireKnown(config.name());
                    changed.remove(config.name());
                }
                case APPEND, SUBTRACT -> changed.put(config.name(), edited(now, config, operation));
                case null ->
                        throw Errors.INVALID_REQUEST.exception(
                                "unknown operation " + config.configOperation());
            }
        }
        return changed;
    }

    /// A list with some words more or fewer.
    private static String edited(Map<String, String> now, AlterableConfig config, OpType op) {
        List<String> words = new ArrayList<>(TopicConfigs.list(now, config.name()));
        String value = config.value() == null ? "" : config.value();
        for (String word : value.split(",", -1)) {
            String plain = word.strip();
            if (op == OpType.SUBTRACT) {
                words.remove(plain);
            } else if (!plain.isEmpty() && !words.contains(plain)) {
                words.add(plain);
            }
        }
        return String.join(",", words);
    }
}
