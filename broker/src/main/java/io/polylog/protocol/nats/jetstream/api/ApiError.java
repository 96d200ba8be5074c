package io.polylog.protocol.nats.jetstream.api;

import java.util.Map;

/// What can be wrong with a request, with nats-server's numbers and words (its `errors.json`). A
/// `{}` in the words stands for what is said of the case.
public enum ApiError {
    BAD_REQUEST(400, 10003, "bad request"),
    CONSUMER_REFUSED(500, 10012, "{}"),
    CONSUMER_IN_USE(400, 10013, "consumer name already in use"),
    CONSUMER_NOT_FOUND(404, 10014, "consumer not found"),
    CONSUMER_NAME_DIFFERS(
            400, 10017, "consumer name in subject does not match durable name in request"),
    STORE_FULL(503, 10023, "insufficient resources"),
    INVALID_JSON(400, 10025, "invalid JSON: {}"),
    TOO_MANY_CONSUMERS(400, 10026, "maximum consumers limit reached"),
    NO_MESSAGE(404, 10037, "no message found"),
    MIRROR_SOURCES(400, 10031, "stream mirrors can not also contain other sources"),
    MIRROR_STARTS(
            400, 10032, "stream mirrors can not have both start seq and start time configured"),
    MIRROR_SUBJECTS(400, 10034, "stream mirrors can not contain subjects"),
    PAYLOAD_NOT_EMPTY(400, 10038, "expected an empty request payload"),
    NO_SEQUENCE(400, 10043, "sequence {} not found"),
    DISK_FULL(500, 10047, "insufficient storage resources available"),
    STREAM_DELETE_REFUSED(500, 10050, "{}"),
    GENERAL(500, 10051, "{}"),
    CONFIG_REFUSED(500, 10052, "{}"),
    MESSAGE_TOO_LARGE(400, 10054, "message size exceeds maximum allowed"),
    MIRROR_FIXED(400, 10055, "stream mirror configuration can not be updated"),
    NAME_DIFFERS(400, 10056, "stream name in subject does not match request"),
    DELETE_REFUSED(500, 10057, "{}"),
    NAME_IN_USE(400, 10058, "stream name already in use with a different configuration"),
    STREAM_NOT_FOUND(404, 10059, "stream not found"),
    EXPECTED_STREAM(400, 10060, "expected stream does not match"),
    SUBJECTS_OVERLAP(400, 10065, "subjects overlap with an existing stream"),
    WRONG_ID(400, 10070, "wrong last msg ID: {}"),
    WRONG_SEQUENCE(400, 10071, "wrong last sequence: {}"),
    REPLICAS(500, 10074, "replicas > 1 not supported in non-clustered mode"),
    STORE_FAILED(503, 10077, "{}"),
    CONSUMER_CONFIG_REQUIRED(400, 10078, "consumer config required"),
    DELIVER_WILDCARD(400, 10079, "consumer deliver subject has wildcards"),
    PUSH_WAITING(400, 10080, "consumer in push mode can not set max waiting"),
    DELIVER_CYCLE(400, 10081, "consumer deliver subject forms a cycle"),
    PENDING_WITHOUT_ACKS(400, 10082, "consumer requires ack policy for max ack pending"),
    SMALL_HEARTBEAT(400, 10083, "consumer idle heartbeat needs to be >= 100ms"),
    PULL_WITHOUT_ACKS(
            400, 10084, "consumer in pull mode requires explicit ack policy on workqueue stream"),
    PULL_RATE(400, 10086, "consumer in pull mode can not have rate limit set"),
    WAITING_NEGATIVE(400, 10087, "consumer max waiting needs to be positive"),
    PULL_HEARTBEAT(400, 10088, "consumer idle heartbeat requires a push based consumer"),
    PULL_FLOW(400, 10089, "consumer flow control requires a push based consumer"),
    POLICY(400, 10094, "{}"),
    SAMPLING(400, 10095, "failed to parse consumer sampling configuration: {}"),
    HEADERS_TOO_LARGE(400, 10097, "header size exceeds maximum allowed of 64k"),
    WORK_WITHOUT_ACKS(400, 10098, "workqueue stream requires explicit ack"),
    WORK_UNFILTERED(400, 10099, "multiple non-filtered consumers not allowed on workqueue stream"),
    WORK_SHARED(400, 10100, "filtered consumer not unique on workqueue stream"),
    WORK_LEFT_OUT(400, 10101, "consumer must be deliver all on workqueue stream"),
    FLOW_WITHOUT_HEARTBEAT(400, 10108, "consumer with flow control also needs heartbeats"),
    SEALED(400, 10109, "invalid operation on sealed stream"),
    PURGE_REFUSED(500, 10110, "{}"),
    ROLLUP_REFUSED(500, 10111, "{}"),
    DELIVER_SUBJECT(400, 10112, "invalid push consumer deliver subject"),
    SMALL_EXPIRES(400, 10115, "consumer max request expires needs to be >= 1ms"),
    BACKOFF(400, 10116, "max deliver is required to be > length of backoff values"),
    MUCH_PENDING(400, 10121, "consumer max ack pending exceeds system limit of {}"),
    LONG_INACTIVE(400, 10153, "consumer inactive threshold exceeds system limit of {}"),
    FILTER_DIFFERS(
            400,
            10131,
            "Consumer create request did not match filtered subject from create subject"),
    DURABLE_AND_NAME_DIFFER(
            400, 10132, "Consumer Durable and Name have to be equal if both are provided"),
    BOTH_FILTERS(
            400, 10136, "consumer cannot have both FilterSubject and FilterSubjects specified"),
    SUBJECT_WITH_FILTERS(
            400, 10137, "consumer with multiple subject filters cannot use subject based API"),
    FILTERS_OVERLAP(400, 10138, "consumer subject filters cannot overlap"),
    EMPTY_FILTER(400, 10139, "consumer filter in FilterSubjects cannot be empty"),
    SOURCE_TWICE(400, 10140, "duplicate source configuration detected"),
    SOURCE_NAME(400, 10141, "sourced stream name is invalid"),
    MIRROR_NAME(400, 10142, "mirrored stream name is invalid"),
    MIRROR_FIRST(400, 10143, "stream mirrors can not have first sequence configured"),
    SOURCE_FILTERS(
            400,
            10144,
            "source with multiple subject transforms cannot also have a single subject filter"),
    SOURCE_FILTER(400, 10145, "source transform source: {}"),
    SOURCE_TRANSFORM(400, 10146, "source transform: {}"),
    SOURCE_OVERLAP(400, 10147, "source filters can not overlap"),
    CONSUMER_EXISTS(400, 10148, "consumer already exists"),
    CONSUMER_DOES_NOT_EXIST(400, 10149, "consumer does not exist"),
    MIRROR_FILTERS(
            400,
            10150,
            "mirror with multiple subject transforms cannot also have a single subject filter"),
    MIRROR_FILTER(400, 10151, "mirror transform source: {}"),
    MIRROR_OVERLAP(400, 10152, "mirror subject filters can not overlap"),
    MIRROR_TRANSFORM(400, 10154, "mirror transform: {}"),
    TRANSFORM_SOURCE(400, 10155, "stream transform source: {}"),
    TRANSFORM(400, 10156, "stream transform: {}"),
    POLICY_WITHOUT_GROUPS(
            400, 10159, "Setting PriorityPolicy requires at least one PriorityGroup to be set"),
    NO_GROUP(400, 10160, "Provided priority group does not exist for this consumer"),
    EMPTY_GROUP(400, 10161, "Group name cannot be an empty string"),
    INVALID_GROUP(
            400,
            10162,
            "Valid priority group name must match A-Z, a-z, 0-9, -_/=)+ and may not exceed 16"
                    + " characters"),
    WRONG_SEQUENCE_INSIDE(400, 10164, "wrong last sequence"),
    TIME_TO_LIVE_INVALID(400, 10165, "invalid per-message TTL"),
    NO_TIME_TO_LIVE(400, 10166, "per-message TTL is disabled"),
    NO_COUNTERS(400, 10168, "message counters is disabled"),
    NO_INCREMENT(400, 10169, "message counter increment is missing"),
    COUNTER_PAYLOAD(400, 10170, "message counter has payload"),
    INVALID_INCREMENT(400, 10171, "message counter increment is invalid"),
    COUNTER_BROKEN(400, 10172, "message counter is broken"),
    MIRROR_COUNTERS(400, 10173, "stream mirrors can not also calculate counters"),
    NO_BATCHES(400, 10174, "atomic publish is disabled"),
    NO_BATCH_SEQUENCE(400, 10175, "atomic publish sequence is missing"),
    BATCH_INCOMPLETE(400, 10176, "atomic publish batch is incomplete"),
    BATCH_HEADER(400, 10177, "atomic publish unsupported header used: {}"),
    BATCH_ID(400, 10179, "atomic publish batch ID is invalid"),
    PUSH_PRIORITIES(400, 10178, "priority groups can not be used with push consumers"),
    API_LEVEL(412, 10185, "JetStream minimum api level required"),
    MIRROR_SCHEDULES(400, 10186, "stream mirrors can not also schedule messages"),
    SOURCE_SCHEDULES(400, 10187, "stream source can not also schedule messages"),
    NO_SCHEDULES(400, 10188, "message schedules is disabled"),
    SCHEDULE_PATTERN(400, 10189, "message schedules pattern is invalid"),
    SCHEDULE_TARGET(400, 10190, "message schedules target is invalid"),
    SCHEDULE_TIME_TO_LIVE(400, 10191, "message schedules invalid per-message TTL"),
    SCHEDULE_ROLLUP(400, 10192, "message schedules invalid rollup"),
    NO_SUBJECT_SEQUENCE(400, 10193, "missing sequence for expected last sequence per subject"),
    GROUPS_WITHOUT_POLICY(400, 10196, "consumer can not have priority groups when policy is none"),
    PIN_TIME_WITHOUT_POLICY(400, 10197, "PinnedTTL cannot be set when PriorityPolicy is none"),
    MIRROR_BATCHES(400, 10198, "stream mirrors can not also use atomic publishing"),
    BATCH_TOO_LARGE(400, 10199, "atomic publish batch is too large: {}"),
    BATCH_COMMIT(400, 10200, "atomic publish batch commit is invalid"),
    BATCH_DUPLICATE(400, 10201, "atomic publish batch contains duplicate message id"),
    TOO_MANY_BATCHES(429, 10210, "atomic publish too many inflight"),
    SCHEDULE_SOURCE(400, 10203, "message schedules source is invalid"),
    SCHEDULER(400, 10212, "message schedules invalid scheduler"),
    SCHEDULE_ZONE(400, 10223, "message schedules time zone is invalid"),
    SOURCE_HEADER(400, 10227, "message stream source header is not allowed");

    private final int code;
    private final int number;
    private final String words;

    /// @param code as of HTTP
    /// @param number that tells errors apart (`err_code`)
    ApiError(int code, int number, String words) {
        this.code = code;
        this.number = number;
        this.words = words;
    }

    /// The error of a case.
    ///
    /// @param what is said of it; "" where the words say all
    public ApiException of(String what) {
        return new ApiException(this, words.replace("{}", what));
    }

    public ApiException plain() {
        return of("");
    }

    /// As the `error` of a response.
    Map<String, Object> fields(String description) {
        return Map.of("code", code, "err_code", number, "description", description);
    }
}
