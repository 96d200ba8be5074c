package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.message.ApiVersionsResponseData;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.MessageUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The adapter byte by byte over a real socket.
class KafkaWireTest {
    private KafkaServer server;

    @BeforeEach
    void start() throws Exception {
        server = new KafkaServer(new FakeBroker());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.address().getPort());
        socket.setSoTimeout(5000);
        return socket;
    }

    static byte[] frame(ApiKeys key, int version, int correlation, ApiMessage body) {
        RequestHeaderData header =
                new RequestHeaderData()
                        .setRequestApiKey(key.id)
                        .setRequestApiVersion((short) version)
                        .setCorrelationId(correlation)
                        .setClientId("test");
        ByteBuffer head =
                MessageUtil.toByteBufferAccessor(header, key.requestHeaderVersion((short) version))
                        .buffer();
        ByteBuffer rest = MessageUtil.toByteBufferAccessor(body, (short) version).buffer();
        return ByteBuffer.allocate(4 + head.remaining() + rest.remaining())
                .putInt(head.remaining() + rest.remaining())
                .put(head)
                .put(rest)
                .array();
    }

    static ByteBuffer answer(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        return ByteBuffer.wrap(bytes);
    }

    static Stream<Arguments> nonsense() {
        byte[] metadata = frame(ApiKeys.METADATA, 12, 1, new MetadataRequestData());
        byte[] truncated = metadata.clone();
        ByteBuffer.wrap(truncated).putInt(0, metadata.length - 4 - 5);
        byte[] manyTopics = frame(ApiKeys.METADATA, 1, 1, new MetadataRequestData());
        ByteBuffer.wrap(manyTopics).putInt(manyTopics.length - 4, Integer.MAX_VALUE);
        return Stream.of(
                Arguments.of("negative length", bytes(-1, 0)),
                Arguments.of("2 GB", bytes(Integer.MAX_VALUE, 0)),
                Arguments.of("too short to be a request", bytes(3, 0)),
                Arguments.of("above 64 KiB as a first frame", bytes(64 * 1024 + 1, 0)),
                Arguments.of("unknown api key", bytes(8, 12345 << 16, 1)),
                Arguments.of("api version too new", bytes(8, 3 << 16 | 99, 1)),
                Arguments.of("a broker's own request", bytes(8, 4 << 16, 1)),
                Arguments.of("HTTP", "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.UTF_8)),
                Arguments.of("TLS", new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3}),
                Arguments.of("AMQP", new byte[] {'A', 'M', 'Q', 'P', 0, 0, 9, 1}),
                Arguments.of("a request cut short", truncated),
                Arguments.of("2 billion topics in 30 bytes", manyTopics));
    }

    private static byte[] bytes(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length);
        for (int word : words) {
            bytes.putInt(word);
        }
        return bytes.array();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nonsense")
    void nonsense_closes_its_connection_and_no_other(String what, byte[] sent) throws Exception {
        try (Socket good = connect();
                Socket bad = connect()) {
            bad.getOutputStream().write(sent);
            assertThat(bad.getInputStream().read()).as(what).isEqualTo(-1);
            good.getOutputStream()
                    .write(frame(ApiKeys.API_VERSIONS, 0, 7, new ApiVersionsRequestData()));
            assertThat(answer(good).getInt()).isEqualTo(7);
        }
    }

    @Test
    void an_unknown_version_of_ApiVersions_is_told_the_range_in_the_oldest_form() throws Exception {
        try (Socket socket = connect()) {
            ByteBuffer request = ByteBuffer.allocate(4 + 11);
            request.putInt(11).putShort((short) 18).putShort((short) 77).putInt(5);
            request.putShort((short) -1).put((byte) 0);
            socket.getOutputStream().write(request.array());
            ByteBuffer answer = answer(socket);
            assertThat(answer.getInt()).isEqualTo(5);
            ApiVersionsResponseData data =
                    new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 0);
            assertThat(data.errorCode()).isEqualTo(Errors.UNSUPPORTED_VERSION.code());
            assertThat(data.apiKeys().find(ApiKeys.API_VERSIONS.id).maxVersion())
                    .isEqualTo((short) 4);
            assertThat(answer.hasRemaining()).isFalse();
        }
    }

    @Test
    void what_is_not_there_yet_is_not_listed() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(
                            frame(
                                    ApiKeys.API_VERSIONS,
                                    4,
                                    1,
                                    new ApiVersionsRequestData()
                                            .setClientSoftwareName("t")
                                            .setClientSoftwareVersion("1")));
            ByteBuffer answer = answer(socket);
            answer.getInt();
            ApiVersionsResponseData data =
                    new ApiVersionsResponseData(new ByteBufferAccessor(answer), (short) 4);
            assertThat(data.finalizedFeatures()).isEmpty();
            assertThat(data.apiKeys().find(ApiKeys.PRODUCE.id).minVersion()).isZero();
            for (ApiKeys absent :
                    new ApiKeys[] {
                        ApiKeys.CONSUMER_GROUP_HEARTBEAT,
                        ApiKeys.SHARE_FETCH,
                        ApiKeys.END_TXN,
                        ApiKeys.ADD_PARTITIONS_TO_TXN,
                        ApiKeys.GET_TELEMETRY_SUBSCRIPTIONS
                    }) {
                assertThat(data.apiKeys().find(absent.id)).as(absent.name).isNull();
            }
        }
    }

    @Test
    void answers_come_in_the_order_of_requests_even_when_cut_into_single_bytes() throws Exception {
        try (Socket socket = connect()) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            MetadataRequestData make = new MetadataRequestData().setAllowAutoTopicCreation(true);
            make.topics().add(new MetadataRequestData.MetadataRequestTopic().setName("fresh"));
            for (int i = 0; i < 20; i++) { // creation takes a turn, ApiVersions does not
                byte[] first = frame(ApiKeys.METADATA, 12, 2 * i, make);
                byte[] second =
                        frame(ApiKeys.API_VERSIONS, 0, 2 * i + 1, new ApiVersionsRequestData());
                if (i % 5 == 0) {
                    for (byte one : first) {
                        out.write(one);
                        out.flush();
                    }
                } else {
                    out.write(first);
                }
                out.write(second);
            }
            for (int i = 0; i < 40; i++) {
                assertThat(answer(socket).getInt()).isEqualTo(i);
            }
        }
    }

    @Test
    void clients_are_sent_to_the_address_they_used() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(
                            frame(
                                    ApiKeys.METADATA,
                                    12,
                                    1,
                                    new MetadataRequestData().setTopics(null)));
            ByteBufferAccessor answer = new ByteBufferAccessor(answer(socket));
            ResponseHeaderData header = new ResponseHeaderData(answer, (short) 1);
            assertThat(header.correlationId()).isEqualTo(1);
            MetadataResponseData data = new MetadataResponseData(answer, (short) 12);
            var node = data.brokers().iterator().next();
            assertThat(node.host()).isEqualTo("127.0.0.1");
            assertThat(node.port()).isEqualTo(server.address().getPort());
            assertThat(data.clusterId()).isEqualTo("test-cluster");
        }
    }
}
