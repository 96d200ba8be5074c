package io.polylog.protocol.amqp091;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.client.impl.Method;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.protocol.amqp091.AmqpWriter.DeliveryHead;
import io.polylog.protocol.amqp091.AmqpWriter.Fragments;
import io.polylog.protocol.amqp091.ContentAssembly.Assembled;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Our codec against the codec of RabbitMQ's Java client, both ways.
class AmqpCodecTest {
    private static final Map<String, Object> TABLE = Map.of("x-max-length", 7);

    private static final Link LINK = new Link("to", "from", "key", Map.of("x-max-length", 7));

    /// What the client sends, and what we make of it.
    static Stream<Arguments> fromClient() {
        return Stream.concat(ofConnection(), ofChannel());
    }

    private static Stream<Arguments> ofConnection() {
        return Stream.of(
                arguments(
                        new AMQImpl.Connection.StartOk(
                                Map.of("a", true), "PLAIN", longString("\0u\0p"), "en_US"),
                        new ConnectionStartOk(
                                Map.of("a", true), "PLAIN", new byte[] {0, 'u', 0, 'p'})),
                arguments(
                        new AMQImpl.Connection.SecureOk(longString("r")),
                        new ConnectionSecureOk(new byte[] {'r'})),
                arguments(
                        new AMQImpl.Connection.TuneOk(2047, 131072, 60),
                        new ConnectionTuneOk(2047, 131072, 60)),
                arguments(
                        new AMQImpl.Connection.Open("/shop", "", false),
                        new ConnectionOpen("/shop")),
                arguments(
                        new AMQImpl.Connection.Close(200, "bye", 60, 40),
                        new ConnectionClose(200, "bye", 0x003C0028)),
                arguments(new AMQImpl.Connection.CloseOk(), new ConnectionCloseOk()),
                arguments(new AMQImpl.Connection.Blocked("why"), new ConnectionBlocked("why")),
                arguments(new AMQImpl.Connection.Unblocked(), new ConnectionUnblocked()),
                arguments(
                        new AMQImpl.Connection.UpdateSecret(longString("s"), "expired"),
                        new ConnectionUpdateSecret(new byte[] {'s'}, "expired")));
    }

    private static Stream<Arguments> ofChannel() {
        return Stream.concat(
                Stream.of(
                        arguments(new AMQImpl.Channel.Open(""), new ChannelOpen()),
                        arguments(new AMQImpl.Channel.Flow(true), new ChannelFlow(true)),
                        arguments(new AMQImpl.Channel.FlowOk(false), new ChannelFlowOk(false)),
                        arguments(
                                new AMQImpl.Channel.Close(406, "no", 60, 80),
                                new ChannelClose(406, "no", 0x003C0050)),
                        arguments(new AMQImpl.Channel.CloseOk(), new ChannelCloseOk()),
                        arguments(
                                new AMQImpl.Access.Request("/data", true, false, true, true, true),
                                new AccessRequest()),
                        arguments(
                                new AMQImpl.Exchange.Declare(
                                        0, "e", "topic", false, true, false, true, false, TABLE),
                                new ExchangeDeclare(
                                        "e",
                                        "topic",
                                        false,
                                        new ExchangeFlags(true, false, true),
                                        false,
                                        Map.of("x-max-length", 7))),
                        arguments(
                                new AMQImpl.Exchange.Delete(0, "e", true, false),
                                new ExchangeDelete("e", true, false)),
                        arguments(
                                new AMQImpl.Exchange.Bind(0, "to", "from", "key", true, TABLE),
                                new ExchangeBind(LINK, true)),
                        arguments(
                                new AMQImpl.Exchange.Unbind(0, "to", "from", "key", false, TABLE),
                                new ExchangeUnbind(LINK, false))),
                ofQueues());
    }

    private static Stream<Arguments> ofQueues() {
        return Stream.of(
                arguments(
                        new AMQImpl.Queue.Declare(0, "q", false, true, false, true, true, TABLE),
                        new QueueDeclare(
                                "q",
                                false,
                                new QueueFlags(true, false, true),
                                true,
                                Map.of("x-max-length", 7))),
                arguments(
                        new AMQImpl.Queue.Bind(0, "to", "from", "key", true, TABLE),
                        new QueueBind(LINK, true)),
                arguments(
                        new AMQImpl.Queue.Unbind(0, "to", "from", "key", TABLE),
                        new QueueUnbind(LINK)),
                arguments(new AMQImpl.Queue.Purge(0, "q", true), new QueuePurge("q", true)),
                arguments(
                        new AMQImpl.Queue.Delete(0, "q", true, false, true),
                        new QueueDelete("q", true, false, true)),
                arguments(new AMQImpl.Basic.Qos(9, 500, true), new BasicQos(9, 500, true)),
                arguments(
                        new AMQImpl.Basic.Consume(0, "q", "tag", true, false, true, false, TABLE),
                        new BasicConsume(
                                "q",
                                "tag",
                                new ConsumeFlags(true, false, true),
                                false,
                                Map.of("x-max-length", 7))),
                arguments(new AMQImpl.Basic.Cancel("tag", true), new BasicCancel("tag", true)),
                arguments(new AMQImpl.Basic.CancelOk("tag"), new BasicCancelOk("tag")),
                arguments(
                        new AMQImpl.Basic.Publish(0, "e", "k", true, false),
                        new BasicPublish(ShortString.of("e"), ShortString.of("k"), true, false)),
                arguments(new AMQImpl.Basic.Get(0, "q", true), new BasicGet("q", true)),
                arguments(new AMQImpl.Basic.Ack(1L << 40, true), new BasicAck(1L << 40, true)),
                arguments(new AMQImpl.Basic.Reject(7, true), new BasicReject(7, true)),
                arguments(new AMQImpl.Basic.Nack(7, false, true), new BasicNack(7, false, true)),
                arguments(new AMQImpl.Basic.RecoverAsync(true), new BasicRecoverAsync(true)),
                arguments(new AMQImpl.Basic.Recover(true), new BasicRecover(true)),
                arguments(new AMQImpl.Confirm.Select(true), new ConfirmSelect(true)),
                arguments(new AMQImpl.Tx.Select(), new TxSelect()),
                arguments(new AMQImpl.Tx.Commit(), new TxCommit()),
                arguments(new AMQImpl.Tx.Rollback(), new TxRollback()));
    }

    /// What we send, and what the client makes of it.
    static Stream<Arguments> fromBroker() {
        return Stream.of(
                arguments(
                        new ConnectionStart(Map.of("product", "Polylog"), "PLAIN"),
                        new AMQImpl.Connection.Start(
                                0,
                                9,
                                Map.of("product", longString("Polylog")),
                                longString("PLAIN"),
                                longString("en_US"))),
                arguments(
                        new ConnectionTune(2047, 131072, 60),
                        new AMQImpl.Connection.Tune(2047, 131072, 60)),
                arguments(new ConnectionOpenOk(), new AMQImpl.Connection.OpenOk("")),
                arguments(
                        new ConnectionClose(320, "bye", 0x003C0028),
                        new AMQImpl.Connection.Close(320, "bye", 60, 40)),
                arguments(new ConnectionCloseOk(), new AMQImpl.Connection.CloseOk()),
                arguments(new ConnectionBlocked("disk"), new AMQImpl.Connection.Blocked("disk")),
                arguments(new ConnectionUnblocked(), new AMQImpl.Connection.Unblocked()),
                arguments(new ConnectionUpdateSecretOk(), new AMQImpl.Connection.UpdateSecretOk()),
                arguments(new ChannelOpenOk(), new AMQImpl.Channel.OpenOk(longString(""))),
                arguments(new ChannelFlowOk(true), new AMQImpl.Channel.FlowOk(true)),
                arguments(
                        new ChannelClose(404, "no queue", 0x0032000A),
                        new AMQImpl.Channel.Close(404, "no queue", 50, 10)),
                arguments(new ChannelCloseOk(), new AMQImpl.Channel.CloseOk()),
                arguments(new AccessRequestOk(), new AMQImpl.Access.RequestOk(1)),
                arguments(new ExchangeDeclareOk(), new AMQImpl.Exchange.DeclareOk()),
                arguments(new ExchangeDeleteOk(), new AMQImpl.Exchange.DeleteOk()),
                arguments(new ExchangeBindOk(), new AMQImpl.Exchange.BindOk()),
                arguments(new ExchangeUnbindOk(), new AMQImpl.Exchange.UnbindOk()),
                arguments(
                        new QueueDeclareOk("q", 70_000, 3),
                        new AMQImpl.Queue.DeclareOk("q", 70_000, 3)),
                arguments(new QueueBindOk(), new AMQImpl.Queue.BindOk()),
                arguments(new QueueUnbindOk(), new AMQImpl.Queue.UnbindOk()),
                arguments(new QueuePurgeOk(5), new AMQImpl.Queue.PurgeOk(5)),
                arguments(new QueueDeleteOk(5), new AMQImpl.Queue.DeleteOk(5)),
                arguments(new BasicQosOk(), new AMQImpl.Basic.QosOk()),
                arguments(new BasicConsumeOk("tag"), new AMQImpl.Basic.ConsumeOk("tag")),
                arguments(new BasicCancel("tag", true), new AMQImpl.Basic.Cancel("tag", true)),
                arguments(new BasicCancelOk("tag"), new AMQImpl.Basic.CancelOk("tag")),
                arguments(new BasicGetEmpty(), new AMQImpl.Basic.GetEmpty("")),
                arguments(new BasicAck(9, true), new AMQImpl.Basic.Ack(9, true)),
                arguments(new BasicNack(9, true, false), new AMQImpl.Basic.Nack(9, true, false)),
                arguments(new BasicRecoverOk(), new AMQImpl.Basic.RecoverOk()),
                arguments(new ConfirmSelectOk(), new AMQImpl.Confirm.SelectOk()),
                arguments(new TxSelectOk(), new AMQImpl.Tx.SelectOk()),
                arguments(new TxCommitOk(), new AMQImpl.Tx.CommitOk()),
                arguments(new TxRollbackOk(), new AMQImpl.Tx.RollbackOk()));
    }

    @ParameterizedTest
    @MethodSource("fromClient")
    void a_method_of_the_client_is_understood(Method sent, FromClient expected) {
        assertThat(Wire.decode(Wire.bytes(5, sent)))
                .singleElement()
                .usingRecursiveComparison()
                .isEqualTo(expected);
        assertThat(MethodReader.idOf(expected))
                .isEqualTo(sent.protocolClassId() << 16 | sent.protocolMethodId());
    }

    @ParameterizedTest
    @MethodSource("fromBroker")
    void the_client_understands_our_method(FromBroker sent, Method expected) {
        ByteBuf out = Unpooled.buffer();
        AmqpWriter.method(out, 5, sent);
        var frames = Wire.frames(out);
        assertThat(frames).hasSize(1);
        assertThat(frames.getFirst().getChannel()).isEqualTo(5);
        // A method without arguments has no equals of its own.
        assertThat(Wire.method(frames.getFirst())).hasSameClassAs(expected);
        assertThat(Wire.method(frames.getFirst())).hasToString(expected.toString());
    }

    @Test
    void no_method_is_left_out_of_the_tables() {
        assertThat(classes(fromClient(), 1)).isEqualTo(leaves(FromClient.class));
        assertThat(classes(fromBroker(), 0)).isEqualTo(leaves(FromBroker.class));
    }

    private static Set<Class<?>> classes(Stream<Arguments> table, int column) {
        Set<Class<?>> classes = new HashSet<>();
        table.forEach(row -> classes.add(row.get()[column].getClass()));
        return classes;
    }

    private static Set<Class<?>> leaves(Class<?> sealed) {
        Set<Class<?>> leaves = new HashSet<>();
        for (Class<?> permitted : sealed.getPermittedSubclasses()) {
            if (permitted.isSealed()) {
                leaves.addAll(leaves(permitted));
            } else {
                leaves.add(permitted);
            }
        }
        return leaves;
    }

    static final BasicProperties ALL =
            new BasicProperties(
                    "text/plain",
                    "gzip",
                    Map.of("n", 1, "s", longString("x"), "list", List.of(1, true)),
                    2,
                    9,
                    "correlation",
                    "reply",
                    "60000",
                    "id",
                    Date.from(Instant.ofEpochSecond(1_700_000_000L)),
                    "type",
                    "guest",
                    "app",
                    "cluster");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4088, 4089, 100_000, 1 << 20})
    void a_published_message_comes_out_as_it_went_in(int size) {
        byte[] body = new byte[size];
        new java.util.Random(size).nextBytes(body);
        byte[] wire =
                Wire.publish(
                        3,
                        new AMQImpl.Basic.Publish(0, "shop", "order.placed", true, false),
                        ALL,
                        body,
                        4088);

        Assembled message = assemble(wire);
        AmqpContent content = new AmqpContent().wrap(ByteBuffer.wrap(message.stored()));
        ByteBuf out = Unpooled.buffer();
        AmqpWriter.deliver(out, 7, new DeliveryHead(new byte[] {'t'}, 42, true), content, 4096);

        var frames = Wire.frames(out);
        assertThat(Wire.method(frames.get(0)))
                .isEqualTo(new AMQImpl.Basic.Deliver("t", 42, true, "shop", "order.placed"));
        assertContent(frames, body);
    }

    private static void assertContent(List<com.rabbitmq.client.impl.Frame> frames, byte[] body) {
        var header = Wire.header(frames.get(1));
        assertThat(header).isEqualTo(ALL);
        assertThat(header.getBodySize()).isEqualTo(body.length);
        ByteBuf whole = Unpooled.buffer();
        frames.subList(2, frames.size())
                .forEach(frame -> {
                    assertThat(frame.size()).isLessThanOrEqualTo(4096);
                    whole.writeBytes(frame.getPayload());
                });
        assertThat(io.netty.buffer.ByteBufUtil.getBytes(whole)).isEqualTo(body);
    }

    @Test
    void get_ok_and_return_carry_the_message_too() {
        byte[] body = {1, 2, 3};
        byte[] wire =
                Wire.publish(
                        3, new AMQImpl.Basic.Publish(0, "e", "k", true, false), ALL, body, 4088);
        // Direct memory, as the log's: without an array behind it.
        ByteBuffer direct = ByteBuffer.allocateDirect(4096);
        direct.position(100);
        direct.put(assemble(wire).stored()).flip().position(100);
        AmqpContent content = new AmqpContent().wrap(direct);

        ByteBuf got = Unpooled.buffer();
        AmqpWriter.getOk(
                got, 3, new DeliveryHead(new byte[0], 8, false), 99, new Fragments(content, 4096));
        ByteBuf returned = Unpooled.buffer();
        AmqpWriter.returned(returned, 3, ReplyCode.NO_ROUTE, content, 4096);

        assertThat(Wire.method(Wire.frames(got).getFirst()))
                .isEqualTo(new AMQImpl.Basic.GetOk(8, false, "e", "k", 99));
        assertContent(Wire.frames(got), body);
        assertThat(Wire.method(Wire.frames(returned).getFirst()))
                .isEqualTo(new AMQImpl.Basic.Return(312, "NO_ROUTE", "e", "k"));
        assertContent(Wire.frames(returned), body);
        assertThat(direct.position()).isEqualTo(100);
    }

    static Assembled assemble(byte[] wire) {
        ContentAssembly assembly = new ContentAssembly(16 << 20);
        AmqpCodec codec = new AmqpCodec(1 << 20);
        ByteBuf in = Unpooled.wrappedBuffer(wire);
        Assembled[] whole = new Assembled[1];
        boolean more = true;
        while (more) {
            more =
                    codec.decode(
                            in,
                            (channel, frame) ->
                                    whole[0] =
                                            switch (frame) {
                                                case BasicPublish publish -> {
                                                    assembly.begin(publish);
                                                    yield null;
                                                }
                                                case ContentHeader h -> assembly.header(h);
                                                case ContentBody b -> assembly.body(b);
                                                default -> throw new AssertionError(frame);
                                            });
        }
        return whole[0];
    }

    @Test
    void frames_cut_anywhere_by_socket_reads_are_put_together() {
        byte[] body = new byte[300];
        byte[] wire =
                Wire.publish(
                        3, new AMQImpl.Basic.Publish(0, "e", "k", false, false), ALL, body, 100);
        for (int step = 1; step < 40; step++) {
            FrameReader reader = new FrameReader(new AmqpCodec(4096));
            int[] seen = new int[1];
            for (int from = 0; from < wire.length; from += step) {
                ByteBuf part =
                        Unpooled.wrappedBuffer(wire, from, Math.min(step, wire.length - from));
                reader.read(part, Unpooled.EMPTY_BUFFER.alloc(), (channel, frame) -> seen[0]++);
            }
            assertThat(seen[0]).as("reads of %d bytes", step).isEqualTo(5);
        }
    }

    private static com.rabbitmq.client.LongString longString(String text) {
        return LongStringHelper.asLongString(text);
    }
}
