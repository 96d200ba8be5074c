package io.polylog.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.io.Disk.Open;
import io.polylog.io.WriteMethod.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RealDiskTest extends DiskContractTest {
    @TempDir Path temporary;

    @Override
    Disk makeDisk() {
        return new RealDisk();
    }

    @Override
    Path root() {
        return temporary;
    }

    @Test
    void says_how_durable_writes_are_made() throws IOException {
        WriteMethod method = ((RealDisk) disk).writeMethod(dir);

        try (DiskFile file = disk.open(dir.resolve("a"), Open.DURABLE)) {
            assertThat(file.alignmentBytes()).isEqualTo(method.alignmentBytes());
        }
        assertThat(method.kind() == Kind.DIRECT).isEqualTo(method.refused().isEmpty());
        assertThat(method.toString()).contains("aligned to " + method.alignmentBytes());
    }

    @Test
    void every_way_of_durable_writing_writes_the_same() throws IOException {
        for (Kind kind : Kind.values()) {
            Path path = dir.resolve(kind.name());
            boolean force = kind == Kind.WRITE_AND_FORCE;
            var channel = java.nio.channels.FileChannel.open(path, WriteProbe.options(kind));
            try (DiskFile file = new RealFile(path, channel, 4096, force)) {
                file.write(block('a'), 0);
                file.write(block('b'), 4096);
            }
            assertThat(content(path)).hasSize(8192).startsWith("aa").endsWith("bb");
        }
    }

    @Test
    void a_probe_that_was_killed_leaves_nothing_to_see() throws IOException {
        Files.writeString(dir.resolve(WriteProbe.NAME), "left behind");

        assertThat(disk.list(dir)).isEmpty();
        disk.open(dir.resolve("a"), Open.DURABLE).close();
        assertThat(Files.exists(dir.resolve(WriteProbe.NAME))).isFalse();
    }

    @Test
    void an_error_of_the_system_names_the_file() throws IOException {
        Path directory = dir.resolve("in-the-way");
        disk.createDirectories(directory);

        assertThatThrownBy(() -> disk.open(directory, Open.WRITE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.toString());
    }

    @Test
    void a_full_file_system_is_an_error_of_its_own() throws IOException {
        try (DiskFile full = disk.open(Path.of("/dev/full"), Open.WRITE)) {
            assertThatThrownBy(() -> full.write(bytes("x"), 0))
                    .isInstanceOf(DiskFullException.class)
                    .hasMessageContaining("/dev/full");
        }
    }

    @Test
    void an_interrupted_thread_reads_like_any_other_and_stays_interrupted() throws IOException {
        write(dir.resolve("a"), "hello");
        try (DiskFile file = disk.open(dir.resolve("a"), Open.READ)) {
            Thread.currentThread().interrupt();
            assertThat(read(file, 0, 5)).isEqualTo("hello");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(read(file, 0, 5)).isEqualTo("hello");
        }
    }

    @Test
    void readers_do_not_suffer_from_the_interrupt_of_one_of_them() throws Exception {
        write(dir.resolve("a"), "hello");
        Queue<String> strange = new ConcurrentLinkedQueue<>();
        AtomicBoolean stop = new AtomicBoolean();
        try (DiskFile file = disk.open(dir.resolve("a"), Open.READ)) {
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(Thread.ofPlatform().start(() -> readUntil(stop, file, strange)));
            }
            for (int i = 0; i < 2_000; i++) {
                readers.get(i % 3).interrupt();
                Thread.onSpinWait();
            }
            stop.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
        }
        assertThat(strange).isEmpty();
    }

    private static void readUntil(AtomicBoolean stop, DiskFile file, Queue<String> strange) {
        while (!stop.get()) {
            try {
                String content = read(file, 0, 5);
                if (!content.equals("hello")) {
                    strange.add(content);
                }
            } catch (IOException e) {
                strange.add(e.toString());
            }
            Thread.interrupted();
        }
    }

    @Test
    void another_process_is_refused_the_lock_and_told_who_holds_it() throws Exception {
        Path lock = dir.resolve("lock");
        try (AutoCloseable held = disk.lock(lock)) {
            // A second try inside this process must not give the system's lock away.
            assertThatThrownBy(() -> disk.lock(lock)).hasMessageContaining("this process");

            assertThat(lockInAnotherProcess(lock))
                    .contains(lock.toString())
                    .contains("process " + ProcessHandle.current().pid());
            assertThat(held).isNotNull();
        }
        assertThat(lockInAnotherProcess(lock)).isEqualTo("taken");
    }

    private static String lockInAnotherProcess(Path lock) throws Exception {
        Process other =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElseThrow(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                LockTaker.class.getName(),
                                lock.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(other.getInputStream().readAllBytes(), UTF_8).strip();
        assertThat(other.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    /// Run in a process of its own.
    static final class LockTaker {
        public static void main(String[] args) throws Exception {
            try (AutoCloseable held = new RealDisk().lock(Path.of(args[0]))) {
                System.out.println(held == null ? "nothing" : "taken");
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
