package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.message.FetchRequestData;
import org.apache.kafka.common.message.FetchRequestData.FetchPartition;
import org.apache.kafka.common.message.FetchRequestData.FetchTopic;
import org.apache.kafka.common.message.FetchResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;

/// A Kafka client that asks for everything at once and then reads nothing until it is told to. One
/// thread.
final class SilentKafka implements AutoCloseable {
    private static final short VERSION = 12;
    private static final int PATIENCE_MS = 20_000;
    private static final int ALL = 50 << 20;

    private final Socket socket;
    private final DataInputStream in;
    private int asked;
    private int stride;

    SilentKafka(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MS);
        in = new DataInputStream(socket.getInputStream());
    }

    /// Sends so many fetches at once, each from `stride` offsets after the one before.
    SilentKafka fetch(String topic, int fetches, int offsetsApart) throws IOException {
        stride = offsetsApart;
        ByteArrayOutputStream requests = new ByteArrayOutputStream();
        for (asked = 0; asked < fetches; asked++) {
            requests.writeBytes(request(topic, (long) asked * offsetsApart));
        }
        socket.getOutputStream().write(requests.toByteArray());
        return this;
    }

    private byte[] request(String topic, long offset) {
        FetchPartition partition =
                new FetchPartition()
                        .setPartition(0)
                        .setFetchOffset(offset)
                        .setPartitionMaxBytes(ALL);
        FetchRequestData request =
                new FetchRequestData()
                        .setMinBytes(1)
                        .setMaxBytes(ALL)
                        .setMaxWaitMs(500)
                        .setTopics(
                                List.of(
                                        new FetchTopic()
                                                .setTopic(topic)
                                                .setPartitions(List.of(partition))));
        RequestHeaderData header =
                new RequestHeaderData()
                        .setRequestApiKey(ApiKeys.FETCH.id)
                        .setRequestApiVersion(VERSION)
                        .setCorrelationId(asked)
                        .setClientId("silent");
        short headerVersion = ApiKeys.FETCH.requestHeaderVersion(VERSION);
        ByteBuffer head = MessageUtil.toByteBufferAccessor(header, headerVersion).buffer();
        ByteBuffer body = MessageUtil.toByteBufferAccessor(request, VERSION).buffer();
        int length = head.remaining() + body.remaining();
        return ByteBuffer.allocate(4 + length).putInt(length).put(head).put(body).array();
    }

    /// Reads all answers, and in them every message: its number is its offset.
    void readAll(int messages) throws IOException {
        long next = 0;
        for (int i = 0; i < asked; i++) {
            long at = (long) i * stride;
            for (Record record : answer(i).records()) {
                assertThat(record.offset()).isEqualTo(at);
                assertThat(record.value().getInt()).isEqualTo((int) at);
                at++;
            }
            assertThat(at).isGreaterThanOrEqualTo(Math.min(messages, next + stride));
            next = Math.max(next, at);
        }
        assertThat(next).isEqualTo(messages);
    }

    private MemoryRecords answer(int correlation) throws IOException {
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        assertThat(buffer.getInt()).isEqualTo(correlation);
        buffer.get(); // no tagged fields
        var answer = new FetchResponseData(new ByteBufferAccessor(buffer), VERSION);
        var partition = answer.responses().getFirst().partitions().getFirst();
        assertThat(partition.errorCode()).isZero();
        return (MemoryRecords) partition.records();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
