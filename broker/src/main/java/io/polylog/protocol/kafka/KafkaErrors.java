package io.polylog.protocol.kafka;

import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.BrokerException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The core's refusals in Kafka's error codes. Stateless; any thread.
final class KafkaErrors {
    private static final Logger log = LoggerFactory.getLogger(KafkaErrors.class);

    private KafkaErrors() {}

    /// What became of a batch. Refusals that pass by themselves are errors after which clients try
    /// again with the same sequence.
    static Errors of(Outcome outcome) {
        return switch (outcome) {
            case APPENDED, DUPLICATE -> Errors.NONE;
            case OUT_OF_ORDER_SEQUENCE -> Errors.OUT_OF_ORDER_SEQUENCE_NUMBER;
            case DUPLICATE_FORGOTTEN -> Errors.DUPLICATE_SEQUENCE_NUMBER;
            case FENCED -> Errors.INVALID_PRODUCER_EPOCH;
            case UNKNOWN_PRODUCER -> Errors.UNKNOWN_PRODUCER_ID;
            case NOT_FOUND -> Errors.UNKNOWN_TOPIC_OR_PARTITION;
            case DENIED -> Errors.TOPIC_AUTHORIZATION_FAILED;
            case MALFORMED -> Errors.INVALID_RECORD;
            case TOO_LARGE -> Errors.MESSAGE_TOO_LARGE;
            case DISK_FULL -> Errors.KAFKA_STORAGE_ERROR;
            case BUSY -> Errors.REQUEST_TIMED_OUT;
            case CLOSED -> Errors.NOT_LEADER_OR_FOLLOWER;
        };
    }

    /// What a request about topics was refused with.
    static Errors of(BrokerException.Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> Errors.UNKNOWN_TOPIC_OR_PARTITION;
            case CONFLICT -> Errors.TOPIC_ALREADY_EXISTS;
            case LOCKED, IN_USE, NOT_EMPTY, FULL -> Errors.POLICY_VIOLATION;
            case DENIED -> Errors.TOPIC_AUTHORIZATION_FAILED;
            case INVALID -> Errors.INVALID_REQUEST;
            case DISK_FULL -> Errors.KAFKA_STORAGE_ERROR;
            case DAMAGED -> Errors.CORRUPT_MESSAGE;
            case BUSY -> Errors.REQUEST_TIMED_OUT;
            case CLOSED -> Errors.NOT_CONTROLLER;
        };
    }

    /// What a stage failed with, out of its wrapping.
    static @Nullable Throwable cause(@Nullable Throwable error) {
        return error == null ? null : BrokerException.reason(error);
    }

    /// The code of what a request failed with.
    static short code(@Nullable Throwable error) {
        return error == null
                ? Errors.UNKNOWN_SERVER_ERROR.code()
                : Errors.forException(exception(error)).code();
    }

    /// The error as Kafka's classes want it.
    static ApiException exception(Throwable error) {
        return switch (error) {
            case ApiException known -> known;
            case BrokerException refused -> of(refused.kind()).exception(refused.getMessage());
            default -> {
                log.error("a Kafka request failed", error);
                yield Errors.UNKNOWN_SERVER_ERROR.exception();
            }
        };
    }
}
