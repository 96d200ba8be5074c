package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.polylog.protocol.mqtt.MqttFrame.*;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets against those of Netty's codec, and what is no packet.
class MqttCodecTest {
    private static final int MOST_BYTES = 1 << 20;

    private final MqttCodec codec = new MqttCodec();
    private final PacketReader reader = new PacketReader(MOST_BYTES);

    // From clients -------------------------------------------------------------------------------

    private MqttFrame read(ByteBuf bytes) {
        reader.add(bytes, Unpooled.EMPTY_BUFFER.alloc());
        return readNext();
    }

    private MqttFrame readNext() {
        ByteBuf body = reader.next();
        return body == null ? null : codec.read(reader.header(), body);
    }

    /// As Netty writes it.
    private static ByteBuf written(MqttVersion version, MqttMessage... messages) {
        EmbeddedChannel channel = new EmbeddedChannel(MqttEncoder.INSTANCE);
        channel.writeOutbound(connect(version));
        ((ByteBuf) channel.readOutbound()).release();
        ByteBuf all = Unpooled.buffer();
        for (MqttMessage message : messages) {
            channel.writeOutbound(message);
            ByteBuf one;
            while ((one = channel.readOutbound()) != null) {
                all.writeBytes(one);
            }
        }
        return all;
    }

    private static MqttConnectMessage connect(MqttVersion version) {
        var builder =
                MqttMessageBuilders.connect()
                        .protocolVersion(version)
                        .clientId("grüße")
                        .keepAlive(17)
                        .cleanSession(true)
                        .username("ann")
                        .password("secret".getBytes(UTF_8))
                        .willFlag(true)
                        .willQoS(MqttQoS.AT_LEAST_ONCE)
                        .willRetain(true)
                        .willTopic("will/topic")
                        .willMessage("gone".getBytes(UTF_8));
        if (version == MqttVersion.MQTT_5) {
            MqttProperties properties = new MqttProperties();
            properties.add(new MqttProperties.IntegerProperty(Properties.SESSION_EXPIRY, 99));
            properties.add(new MqttProperties.IntegerProperty(Properties.RECEIVE_MAXIMUM, 7));
            MqttProperties will = new MqttProperties();
            will.add(new MqttProperties.IntegerProperty(Properties.WILL_DELAY, 5));
            will.add(new MqttProperties.UserProperty("a", "1"));
            builder.properties(properties).willProperties(will);
        }
        return builder.build();
    }

    private static ByteBuf connectBytes(MqttVersion version) {
        EmbeddedChannel channel = new EmbeddedChannel(MqttEncoder.INSTANCE);
        channel.writeOutbound(connect(version));
        ByteBuf all = Unpooled.buffer();
        ByteBuf one;
        while ((one = channel.readOutbound()) != null) {
            all.writeBytes(one);
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource(MqttVersion.class)
    void connect_is_read_as_netty_writes_it(MqttVersion version) {
        Connect connect = (Connect) read(connectBytes(version));

        assertThat(connect.version()).isEqualTo(version.protocolLevel());
        assertThat(connect.clientId()).isEqualTo("grüße");
        assertThat(connect.keepAliveSeconds()).isEqualTo(17);
        assertThat(connect.cleanStart()).isTrue();
        assertThat(connect.user()).isEqualTo("ann");
        assertThat(connect.password()).isEqualTo("secret".getBytes(UTF_8));
        assertThat(connect.will().topic()).isEqualTo("will/topic");
        assertThat(connect.will().qos()).isEqualTo(1);
        assertThat(connect.will().retain()).isTrue();
        assertThat(connect.will().payload()).isEqualTo("gone".getBytes(UTF_8));
        if (version == MqttVersion.MQTT_5) {
            assertThat(connect.properties().number(Properties.SESSION_EXPIRY, 0)).isEqualTo(99);
            assertThat(connect.will().delaySeconds()).isEqualTo(5);
            assertThat(connect.will().properties()).isNotEmpty();
        }
    }

    @Test
    void packets_of_a_session_are_read_as_netty_writes_them() {
        MqttProperties properties = new MqttProperties();
        properties.add(new MqttProperties.IntegerProperty(Properties.MESSAGE_EXPIRY, 60));
        properties.add(new MqttProperties.IntegerProperty(Properties.TOPIC_ALIAS, 3));
        properties.add(new MqttProperties.UserProperty("a", "1"));
        MqttProperties identifier = new MqttProperties();
        identifier.add(
                new MqttProperties.IntegerProperty(Properties.SUBSCRIPTION_IDENTIFIER, 456_789));
        ByteBuf bytes =
                written(
                        MqttVersion.MQTT_5,
                        MqttMessageBuilders.publish()
                                .topicName("a/b")
                                .qos(MqttQoS.EXACTLY_ONCE)
                                .retained(true)
                                .messageId(77)
                                .properties(properties)
                                .payload(Unpooled.copiedBuffer("x", UTF_8))
                                .build(),
                        MqttMessageBuilders.subscribe()
                                .messageId(78)
                                .properties(identifier)
                                .addSubscription(
                                        "a/+",
                                        new MqttSubscriptionOption(
                                                MqttQoS.AT_LEAST_ONCE,
                                                true,
                                                true,
                                                RetainedHandlingPolicy.DONT_SEND_AT_SUBSCRIBE))
                                .build(),
                        MqttMessageBuilders.unsubscribe().messageId(79).addTopicFilter("b").build(),
                        MqttMessage.PINGREQ);
        read(connectBytes(MqttVersion.MQTT_5));
        reader.add(bytes, Unpooled.EMPTY_BUFFER.alloc());

        Publish publish = (Publish) readNext();
        assertThat(publish.topic()).isEqualTo("a/b");
        assertThat(publish.qos()).isEqualTo(2);
        assertThat(publish.retain()).isTrue();
        assertThat(publish.packetId()).isEqualTo(77);
        assertThat(publish.alias()).isEqualTo(3);
        assertThat(publish.expirySeconds()).isEqualTo(60);
        assertThat(publish.properties()).isEqualTo(HexFormat.of().parseHex("26000161000131"));
        assertThat(publish.payload().toString(UTF_8)).isEqualTo("x");
        Subscribe subscribe = (Subscribe) readNext();
        assertThat(subscribe.filters()).containsExactly("a/+");
        assertThat(subscribe.identifier()).isEqualTo(456_789);
        assertThat(Filter.of("a/+", subscribe.options().getFirst(), 0))
                .isEqualTo(new Filter("a/+", 1, true, true, 2, 0));
        assertThat(((Unsubscribe) readNext()).filters()).containsExactly("b");
        assertThat(readNext()).isInstanceOf(Pingreq.class);
        assertThat(readNext()).isNull();
    }

    @Test
    void a_packet_cut_into_single_bytes_is_one() {
        ByteBuf all = connectBytes(MqttVersion.MQTT_5);
        while (all.readableBytes() > 1) {
            reader.add(all.readBytes(1), Unpooled.EMPTY_BUFFER.alloc());
            assertThat(readNext()).isNull();
        }
        reader.add(all, Unpooled.EMPTY_BUFFER.alloc());
        assertThat(readNext()).isInstanceOf(Connect.class);
    }

    // What is no packet --------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "QoS 3, 36 05 0001 61 0001, 129",
        "an empty topic without an alias, 30 03 0000 00, 130",
        "a topic with a wildcard, 30 04 0001 23 00, 144",
        "a topic that is not UTF-8, 30 04 0001 ff 00, 129",
        "a topic with U+0000, 30 04 0001 00 00, 129",
        "a surrogate in UTF-8, 30 06 0003 eda080 00, 129",
        "a length of five bytes, 30 8080808001, 129",
        "a topic longer than its packet, 30 04 00ff 6161, 129",
        "packet id 0, 32 06 0001 61 0000 00, 130",
        "topic alias 0, 30 07 0001 61 03 230000, 148",
        "an unknown property, 30 06 0001 61 02 7f00, 129",
        "a property twice, 30 08 0001 61 04 01000100, 130",
        "a payload format of 2, 30 06 0001 61 02 0102, 130",
        "properties longer than their packet, 30 05 0001 61 7f 00, 129",
        "SUBSCRIBE without a filter, 82 03 0001 00, 130",
        "SUBSCRIBE with other flags, 80 07 0001 00 0001 61 00, 129",
        "SUBSCRIBE at QoS 3, 82 07 0001 00 0001 61 03, 129",
        "subscription identifier 0, 82 09 0001 02 0b00 0001 61 00, 130",
        "UNSUBSCRIBE without a filter, a2 03 0001 00, 130",
        "PINGREQ with a body, c0 01 00, 129",
        "PUBREL with other flags, 60 02 0001, 129",
        "type 0, 00 00, 129",
        "CONNACK from a client, 20 02 0000, 129",
    })
    void what_breaks_the_rules_is_refused(String what, String hex, int code) {
        read(connectBytes(MqttVersion.MQTT_5));
        ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
        reader.add(bytes, Unpooled.EMPTY_BUFFER.alloc());
        assertThatThrownBy(this::readNext)
                .as(what)
                .isInstanceOfSatisfying(
                        MqttException.class, refused -> assertThat(refused.code).isEqualTo(code));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0002 686a 05", "0004 4d515454 06", "0006 4d5149736470 04"})
    void an_unknown_protocol_is_refused(String hex) {
        String rest = hex.replace(" ", "") + "0200000000";
        ByteBuf bytes = Unpooled.buffer().writeByte(0x10).writeByte(rest.length() / 2);
        bytes.writeBytes(HexFormat.of().parseHex(rest));
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOfSatisfying(
                        MqttException.class,
                        refused ->
                                assertThat(refused.code).isEqualTo(ReasonCode.UNSUPPORTED_VERSION));
    }

    @Test
    void a_packet_larger_than_allowed_is_refused_before_it_is_there() {
        ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex("30ffffff7f"));
        reader.add(bytes, Unpooled.EMPTY_BUFFER.alloc());
        assertThatThrownBy(reader::next)
                .isInstanceOfSatisfying(
                        MqttException.class,
                        refused -> assertThat(refused.code).isEqualTo(ReasonCode.PACKET_TOO_LARGE));
    }

    // To clients ---------------------------------------------------------------------------------

    /// As Netty reads it.
    private static MqttMessage byNetty(MqttVersion version, ByteBuf bytes) {
        EmbeddedChannel channel = new EmbeddedChannel(new MqttDecoder(MOST_BYTES, 100));
        channel.writeInbound(connectBytes(version));
        channel.readInbound();
        channel.writeInbound(bytes);
        MqttMessage message = channel.readInbound();
        assertThat(message.decoderResult().isSuccess()).isTrue();
        return message;
    }

    private static MqttContent content() {
        byte[] properties = HexFormat.of().parseHex("26000161000131");
        return new MqttContent()
                .wrap(
                        MqttContent.stored(
                                new MqttContent.Head(1, new byte[0], "a/b", 60, properties),
                                ByteBuffer.wrap("payload".getBytes(UTF_8))));
    }

    @ParameterizedTest
    @EnumSource(MqttVersion.class)
    void publish_is_written_as_netty_reads_it(MqttVersion version) {
        ByteBuf out = Unpooled.buffer();
        MqttWriter.Head head =
                new MqttWriter.Head(true, 2, true, 4711, 42, 3, false, List.of(7, 456_789));

        assertThat(MqttWriter.publish(out, version.protocolLevel(), head, content(), MOST_BYTES))
                .isTrue();

        MqttPublishMessage read = (MqttPublishMessage) byNetty(version, out);
        assertThat(read.fixedHeader().isDup()).isTrue();
        assertThat(read.fixedHeader().isRetain()).isTrue();
        assertThat(read.fixedHeader().qosLevel()).isEqualTo(MqttQoS.EXACTLY_ONCE);
        assertThat(read.variableHeader().topicName()).isEqualTo("a/b");
        assertThat(read.variableHeader().packetId()).isEqualTo(4711);
        assertThat(read.payload().toString(UTF_8)).isEqualTo("payload");
        if (version == MqttVersion.MQTT_5) {
            MqttProperties properties = read.variableHeader().properties();
            assertThat(properties.getProperty(Properties.MESSAGE_EXPIRY).value()).isEqualTo(42);
            assertThat(properties.getProperty(Properties.TOPIC_ALIAS).value()).isEqualTo(3);
            assertThat(properties.getProperties(Properties.SUBSCRIPTION_IDENTIFIER)).hasSize(2);
            assertThat(properties.getProperties(Properties.USER_PROPERTY)).hasSize(1);
        }
    }

    @Test
    void a_packet_larger_than_the_client_takes_is_not_written() {
        ByteBuf out = Unpooled.buffer();
        MqttWriter.publish(out, MqttFrame.V5, MqttWriter.Head.PLAIN, content(), Long.MAX_VALUE);
        int size = out.readableBytes();
        out.clear();

        assertThat(
                        MqttWriter.publish(
                                out, MqttFrame.V5, MqttWriter.Head.PLAIN, content(), size - 1))
                .isFalse();
        assertThat(out.isReadable()).isFalse();
        assertThat(MqttWriter.publish(out, MqttFrame.V5, MqttWriter.Head.PLAIN, content(), size))
                .isTrue();
    }

    @Test
    void answers_are_written_as_netty_reads_them() {
        ByteBuf out = Unpooled.buffer();
        Properties properties =
                new Properties()
                        .with(Properties.RECEIVE_MAXIMUM, 1000)
                        .with(Properties.ASSIGNED_CLIENT_ID, "id")
                        .with(Properties.USER_PROPERTY, Map.entry("a", "1"));
        MqttWriter.connack(out, MqttFrame.V5, true, 0, properties);
        MqttConnAckMessage connack = (MqttConnAckMessage) byNetty(MqttVersion.MQTT_5, out);
        assertThat(connack.variableHeader().isSessionPresent()).isTrue();
        assertThat(connack.variableHeader().properties().listAll()).hasSize(3);

        out = Unpooled.buffer();
        MqttWriter.codes(out, MqttFrame.V5, MqttCodec.SUBACK, 9, List.of(0, 2, 0x87));
        MqttSubAckMessage suback = (MqttSubAckMessage) byNetty(MqttVersion.MQTT_5, out);
        assertThat(suback.payload().reasonCodes()).containsExactly(0, 2, 0x87);

        out = Unpooled.buffer();
        MqttWriter.disconnect(out, ReasonCode.SESSION_TAKEN_OVER, "why");
        assertThat(byNetty(MqttVersion.MQTT_5, out).fixedHeader().messageType())
                .isEqualTo(MqttMessageType.DISCONNECT);

        out = Unpooled.buffer();
        MqttWriter.ack(out, MqttFrame.V5, MqttCodec.PUBREL, 9, ReasonCode.PACKET_ID_NOT_FOUND);
        assertThat(byNetty(MqttVersion.MQTT_5, out).fixedHeader().messageType())
                .isEqualTo(MqttMessageType.PUBREL);
    }

    @Test
    void before_mqtt_5_a_refused_filter_is_0x80() {
        ByteBuf out = Unpooled.buffer();
        MqttWriter.codes(out, MqttFrame.V311, MqttCodec.SUBACK, 9, List.of(0, 0x87));
        MqttSubAckMessage suback = (MqttSubAckMessage) byNetty(MqttVersion.MQTT_3_1_1, out);
        assertThat(suback.payload().reasonCodes()).containsExactly(0, 0x80);
    }
}
