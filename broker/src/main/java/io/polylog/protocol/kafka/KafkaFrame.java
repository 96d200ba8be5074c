package io.polylog.protocol.kafka;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.kafka.KafkaCodec.MalformedFrame;
import java.nio.ByteBuffer;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.AbstractRequest;
import org.apache.kafka.common.requests.ApiVersionsRequest;
import org.apache.kafka.common.requests.RequestHeader;

/// One request as it came.
///
/// @param header who asks what, in which version
/// @param body the request; record batches in it are slices of `bytes`
/// @param bytes the frame; released when the request is answered
record KafkaFrame(RequestHeader header, AbstractRequest body, ByteBuf bytes) {
    /// Everything but record batches is small: lists in it grow with the bytes that name them.
    private static final int MAX_OTHER_BYTES = 4 * 1024 * 1024;

    /// Reads a frame. Whatever the bytes are, the only exception is [MalformedFrame]. The frame
    /// stays the caller's in any case.
    static KafkaFrame parse(ByteBuf bytes) {
        ByteBuffer buffer = bytes.nioBuffer();
        try {
            RequestHeader header = RequestHeader.parse(buffer);
            return new KafkaFrame(header, body(header, buffer), bytes);
        } catch (MalformedFrame e) {
            throw e;
        } catch (RuntimeException e) {
            throw new MalformedFrame("not a request: " + e.getMessage());
        }
    }

    private static AbstractRequest body(RequestHeader header, ByteBuffer buffer) {
        ApiKeys key = header.apiKey();
        short version = header.apiVersion();
        if (key == ApiKeys.API_VERSIONS && !header.isApiVersionSupported()) {
            return new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0, version);
        }
        if (!ApiTable.serves(key, version)) {
            throw new MalformedFrame("%s version %d is not served".formatted(key, version));
        }
        if (key != ApiKeys.PRODUCE && buffer.remaining() > MAX_OTHER_BYTES) {
            throw new MalformedFrame("a %s request of %d bytes".formatted(key, buffer.remaining()));
        }
        KafkaReadable readable = new KafkaReadable(buffer);
        return AbstractRequest.parseRequest(key, version, readable).request;
    }

    /// Version the answer is written in: a client that asked for a newer ApiVersions than there is
    /// gets the oldest form, which every client understands.
    short answerVersion() {
        boolean tooNew = body instanceof ApiVersionsRequest r && r.hasUnsupportedRequestVersion();
        return tooNew ? 0 : header.apiVersion();
    }
}
