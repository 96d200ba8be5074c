package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What RabbitMQ's client is told of a message that is damaged on the disk.
class DamageTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit rabbit;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        rabbit = Rabbit.on(broker);
        for (String queue : List.of("q", "other")) {
            rabbit.queue(queue);
            rabbit.store(queue, Rabbit.texts(queue + "-m", 10));
        }
        rabbit.close();
        broker.close();
        flipOneBitOf("q-m3");
        broker = RunningBroker.on(folder.resolve("data"));
        rabbit = Rabbit.on(broker);
    }

    @AfterEach
    void stop() throws Exception {
        rabbit.close();
        broker.close();
    }

    @Test
    void the_channel_of_its_consumer_is_closed_and_nothing_else() throws Exception {
        Channel damaged = rabbit.connection.createChannel();
        Collector other = Collector.of(rabbit.channel, "other");
        Collector first = Collector.of(damaged, "q");
        Rabbit.Closed closed = Rabbit.closed(damaged, () -> {});

        first.await(3);
        assertThat(first.texts()).containsExactly("q-m0", "q-m1", "q-m2");
        assertThat(closed.code()).isEqualTo(541);
        assertThat(closed.connection()).isFalse();
        assertThat(closed.text())
                .isEqualTo(
                        "INTERNAL_ERROR - messages of 'q' are damaged on the disk: partition 0,"
                                + " offsets 3 to 3");
        other.await(10);
        rabbit.store("other", "still served");
        other.await(11);

        Collector next = Collector.of(rabbit.connection.createChannel(), "q");
        next.await(9);
        assertThat(next.texts())
                .containsExactly(
                        "q-m0", "q-m1", "q-m2", "q-m4", "q-m5", "q-m6", "q-m7", "q-m8", "q-m9");
    }

    @Test
    void a_get_closes_its_channel_and_a_purge_removes_the_message() throws Exception {
        for (int i = 0; i < 3; i++) {
            assertThat(rabbit.channel.basicGet("q", true).getBody()).asString().endsWith("m" + i);
        }
        assertThat(rabbit.closed(channel -> channel.basicGet("q", true)).code()).isEqualTo(541);
        assertThat(rabbit.channel.basicGet("q", true).getBody()).asString().endsWith("m4");
        assertThat(rabbit.channel.queuePurge("q").getMessageCount()).isEqualTo(6);

        broker.restart();
        rabbit = Rabbit.on(broker);
        assertThat(rabbit.channel.messageCount("q")).isZero();
    }

    private void flipOneBitOf(String text) throws Exception {
        byte[] wanted = text.getBytes(UTF_8);
        try (Stream<Path> files = Files.list(folder.resolve("data"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                byte[] content = Files.readAllBytes(file);
                int at =
                        new String(content, java.nio.charset.StandardCharsets.ISO_8859_1)
                                .indexOf(text);
                if (at >= 0) {
                    try (FileChannel open = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        open.write(ByteBuffer.wrap(new byte[] {(byte) (wanted[0] ^ 1)}), at);
                    }
                    return;
                }
            }
        }
        throw new AssertionError(text + " is not stored");
    }
}
