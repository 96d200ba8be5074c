package io.polylog.interop.disk;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.ShutdownSignalException;
import io.polylog.harness.BrokerProcess;
import io.polylog.io.LoopDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real broker on a disk that dies under its file system: the image that holds the file system
/// lies on another one whose power is cut, and every write above is an input/output error.
@Tag("root")
@Tag("slow")
class FailingDiskTest {
    private static final long BELOW_BYTES = 1L << 30;
    private static final long ABOVE_BYTES = 512L << 20;
    private static final int MESSAGE_BYTES = 64 << 10;
    private static final int MOST_MESSAGES = 20_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private Path folder;

    @Test
    void the_broker_says_why_it_stops_and_confirms_nothing_that_is_not_there() throws Exception {
        Path log = folder.resolve("broker.log");
        try (LoopDisk below = new LoopDisk(folder, BELOW_BYTES);
                LoopDisk above = new LoopDisk(below.folder(), ABOVE_BYTES);
                BrokerProcess broker = start(above, log)) {
            List<Integer> accepted = new ArrayList<>();
            try (AmqpQueue queue = new AmqpQueue(broker.port("amqp"), "failing-queue")) {
                assertThat(queue.publish(MESSAGE_BYTES)).isTrue();
                below.cutPower();
                publishUntilItEnds(queue);
                accepted.addAll(queue.accepted());
            }
            assertThat(broker.waitForEnd(PATIENCE)).isEqualTo(1);
            assertThat(Files.readString(log))
                    .contains("stopping at once")
                    .contains("Input/output error");

            above.unmount();
            below.restorePower();
            above.mount();
            broker.restart();
            try (AmqpQueue queue = new AmqpQueue(broker.port("amqp"), "failing-queue")) {
                // One more may be there: it was on its way when the disk failed.
                assertThat(queue.drain()).startsWith(accepted.toArray(Integer[]::new));
            }
            assertThat(broker.terminate()).isZero();
        }
    }

    private static BrokerProcess start(LoopDisk disk, Path log) throws Exception {
        return BrokerProcess.start(
                disk.folder().resolve("data"), log, "--set", "log.segment_size=8MiB");
    }

    private static void publishUntilItEnds(AmqpQueue queue) throws Exception {
        try {
            for (int i = 0; i < MOST_MESSAGES; i++) {
                boolean _ = queue.publish(MESSAGE_BYTES);
            }
        } catch (ShutdownSignalException | IOException | TimeoutException ended) {
            return; // what the disk was made for
        }
        throw new AssertionError("the disk never failed");
    }
}
