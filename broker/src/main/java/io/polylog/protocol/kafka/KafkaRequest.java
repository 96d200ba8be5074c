package io.polylog.protocol.kafka;

import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.jspecify.annotations.Nullable;

/// A request on its way: what was asked, and the way to answer it. On the connection's loop.
final class KafkaRequest {
    private final KafkaConnection connection;
    private final KafkaFrame frame;
    private final int sizeBytes;
    private @Nullable ByteBuf bytes;
    private @Nullable ApiMessage response;
    private boolean answered;
    private @Nullable Runnable hurry;

    KafkaRequest(KafkaConnection connection, KafkaFrame frame) {
        this.connection = connection;
        this.frame = frame;
        this.sizeBytes = frame.bytes().readableBytes();
        this.bytes = frame.bytes();
        if (key() != ApiKeys.PRODUCE) {
            release(); // nothing else keeps slices of the frame
        }
    }

    KafkaConnection connection() {
        return connection;
    }

    RequestHeader header() {
        return frame.header();
    }

    ApiKeys key() {
        return frame.header().apiKey();
    }

    short version() {
        return frame.header().apiVersion();
    }

    short answerVersion() {
        return frame.answerVersion();
    }

    /// What the client calls itself, or empty.
    String clientId() {
        String id = frame.header().clientId();
        return id == null ? "" : id;
    }

    int sizeBytes() {
        return sizeBytes;
    }

    <T extends AbstractRequest> T body(Class<T> type) {
        return type.cast(frame.body());
    }

    /// Answers it. The request's own bytes may be gone afterwards.
    void answer(ApiMessage message) {
        finish(message);
    }

    /// Done, and the client wants no answer.
    void answerNothing() {
        finish(null);
    }

    /// Answers with the request's own form of an error. Where the client wants no answer, the
    /// connection ends: there is no other way to tell it.
    void fail(Throwable error) {
        Throwable cause = Objects.requireNonNullElse(KafkaErrors.cause(error), error);
        AbstractResponse answer = frame.body().getErrorResponse(KafkaErrors.exception(cause));
        if (answer == null) {
            finish(null);
            connection.close();
        } else {
            finish(answer.data());
        }
    }

    /// What to do when nobody can wait any longer: the broker goes down or the client has gone.
    void onHurry(Runnable task) {
        hurry = task;
    }

    void hurry() {
        if (hurry != null) {
            hurry.run();
        }
    }

    boolean answered() {
        return answered;
    }

    @Nullable ApiMessage response() {
        return response;
    }

    /// Never started: lets go of its bytes.
    void drop() {
        answered = true;
        release();
    }

    private void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }

    private void finish(@Nullable ApiMessage message) {
        if (answered) {
            throw new IllegalStateException(key() + " was answered before");
        }
        answered = true;
        response = message;
        release();
        connection.answered();
    }
}
