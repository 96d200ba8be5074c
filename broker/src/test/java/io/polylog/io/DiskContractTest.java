package io.polylog.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.io.Disk.Open;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [Disk] does alike: run on the real one and on the simulated one, so that what the
/// simulation shows is true of the machine.
abstract class DiskContractTest {
    private static final int BLOCK = 4096;

    Disk disk;
    Path dir;

    abstract Disk makeDisk() throws IOException;

    abstract Path root();

    @BeforeEach
    void makeDirectory() throws IOException {
        disk = makeDisk();
        dir = root().resolve("data");
        disk.createDirectories(dir);
    }

    @Test
    void reads_back_what_was_written() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            file.write(bytes("hello"), 0);
            file.write(bytes("world"), 5);

            assertThat(read(file, 0, 10)).isEqualTo("helloworld");
            assertThat(file.sizeBytes()).isEqualTo(10);
        }
    }

    @Test
    void a_write_takes_all_of_the_buffer_and_nothing_else() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            ByteBuffer middle = bytes("0123456789").position(3).limit(6);
            file.write(middle, 0);

            assertThat(middle.position()).isEqualTo(6);
            assertThat(read(file, 0, 10)).isEqualTo("345");
        }
    }

    @Test
    void a_write_beyond_the_end_leaves_zeros_between() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            file.write(bytes("x"), 3);

            assertThat(read(file, 0, 10)).isEqualTo("\0\0\0x");
        }
    }

    @Test
    void a_read_stops_at_the_end_of_the_file() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            file.write(bytes("abc"), 0);
            ByteBuffer more = ByteBuffer.allocate(8);

            assertThat(file.read(more, 1)).isEqualTo(2);
            assertThat(more.position()).isEqualTo(2);
            assertThat(file.read(more, 3)).isEqualTo(-1);
            assertThat(file.read(more, 100)).isEqualTo(-1);
        }
    }

    @Test
    void a_read_into_a_full_buffer_reads_nothing() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            assertThat(file.read(ByteBuffer.allocate(0), 0)).isZero();
        }
    }

    @Test
    void a_write_after_a_read_through_another_handle_is_seen_by_that_handle() throws IOException {
        Path path = dir.resolve("a");
        try (DiskFile writer = disk.open(path, Open.DURABLE);
                DiskFile reader = disk.open(path, Open.READ)) {
            writer.write(block('a'), 0);
            assertThat(read(reader, 0, 3)).isEqualTo("aaa");
            writer.write(block('b'), 0);
            writer.write(block('c'), BLOCK);

            assertThat(read(reader, BLOCK - 2, 4)).isEqualTo("bbcc");
        }
    }

    @Test
    void a_durable_file_says_its_alignment_and_refuses_anything_else() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.DURABLE)) {
            assertThat(file.alignmentBytes()).isBetween(1, BLOCK);
            if (file.alignmentBytes() > 1) {
                assertThatThrownBy(() -> file.write(bytes("x"), 0))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> file.write(block('x'), 1))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            file.write(block('x'), BLOCK);
            assertThat(file.sizeBytes()).isEqualTo(2 * BLOCK);
        }
    }

    @Test
    void a_durable_file_reads_its_last_partial_block() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.DURABLE)) {
            file.write(block('x'), 0);
            file.truncate(BLOCK + 10);
            ByteBuffer two = aligned(2 * BLOCK);

            assertThat(file.read(two, 0)).isEqualTo(BLOCK + 10);
        }
    }

    @Test
    void a_file_opened_the_other_ways_has_no_alignment() throws IOException {
        Path path = dir.resolve("a");
        try (DiskFile writer = disk.open(path, Open.WRITE);
                DiskFile reader = disk.open(path, Open.READ)) {
            assertThat(writer.alignmentBytes()).isEqualTo(1);
            assertThat(reader.alignmentBytes()).isEqualTo(1);
        }
    }

    @Test
    void opening_for_reading_a_file_that_is_missing_fails_and_makes_none() throws IOException {
        Path missing = dir.resolve("missing");

        assertThatThrownBy(() -> disk.open(missing, Open.READ))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining(missing.toString());
        assertThat(disk.exists(missing)).isFalse();
    }

    @Test
    void opening_for_writing_in_a_missing_directory_fails() {
        assertThatThrownBy(() -> disk.open(dir.resolve("no/file"), Open.WRITE))
                .isInstanceOf(IOException.class);
    }

    @Test
    void opening_for_writing_keeps_what_is_there() throws IOException {
        Path path = dir.resolve("a");
        write(path, "kept");

        try (DiskFile again = disk.open(path, Open.WRITE)) {
            assertThat(read(again, 0, 10)).isEqualTo("kept");
        }
    }

    @Test
    void a_file_opened_for_reading_cannot_be_written() throws IOException {
        Path path = dir.resolve("a");
        write(path, "kept");

        try (DiskFile reader = disk.open(path, Open.READ)) {
            assertThatThrownBy(() -> reader.write(bytes("x"), 0)).isNotNull();
        }
        assertThat(content(path)).isEqualTo("kept");
    }

    @Test
    void truncate_cuts_and_extends_with_zeros() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            file.write(bytes("abcdef"), 0);
            file.truncate(2);
            assertThat(read(file, 0, 10)).isEqualTo("ab");

            file.truncate(4);
            assertThat(read(file, 0, 10)).isEqualTo("ab\0\0");
            assertThat(file.sizeBytes()).isEqualTo(4);
        }
    }

    @Test
    void a_closed_file_is_of_no_use() throws IOException {
        DiskFile file = disk.open(dir.resolve("a"), Open.WRITE);
        file.close();
        file.close();

        assertThatThrownBy(() -> file.write(bytes("x"), 0)).isInstanceOf(IOException.class);
        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
    }

    @Test
    void lists_names_in_order() throws IOException {
        write(dir.resolve("b"), "");
        write(dir.resolve("a"), "");
        disk.createDirectories(dir.resolve("c/d"));

        assertThat(disk.list(dir)).containsExactly("a", "b", "c");
        assertThat(disk.list(dir.resolve("c"))).containsExactly("d");
    }

    @Test
    void listing_a_missing_directory_fails() {
        assertThatThrownBy(() -> disk.list(dir.resolve("missing"))).isInstanceOf(IOException.class);
    }

    @Test
    void opening_a_durable_file_leaves_no_other_file_behind() throws IOException {
        disk.open(dir.resolve("a"), Open.DURABLE).close();

        assertThat(disk.list(dir)).containsExactly("a");
    }

    @Test
    void rename_replaces_the_target() throws IOException {
        write(dir.resolve("new"), "new");
        write(dir.resolve("old"), "old");

        disk.rename(dir.resolve("new"), dir.resolve("old"));

        assertThat(disk.list(dir)).containsExactly("old");
        assertThat(content(dir.resolve("old"))).isEqualTo("new");
    }

    @Test
    void renaming_a_file_that_is_missing_fails() {
        assertThatThrownBy(() -> disk.rename(dir.resolve("x"), dir.resolve("y")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void an_open_file_stays_usable_when_it_is_renamed_or_deleted() throws IOException {
        Path path = dir.resolve("a");
        try (DiskFile file = disk.open(path, Open.WRITE)) {
            file.write(bytes("one"), 0);
            disk.rename(path, dir.resolve("b"));
            file.write(bytes("two"), 3);
            assertThat(content(dir.resolve("b"))).isEqualTo("onetwo");

            disk.delete(dir.resolve("b"));
            assertThat(read(file, 0, 10)).isEqualTo("onetwo");
        }
        assertThat(disk.list(dir)).isEmpty();
    }

    @Test
    void deleting_twice_has_no_effect() throws IOException {
        write(dir.resolve("a"), "x");

        disk.delete(dir.resolve("a"));
        disk.delete(dir.resolve("a"));

        assertThat(disk.exists(dir.resolve("a"))).isFalse();
    }

    @Test
    void making_a_directory_twice_has_no_effect() throws IOException {
        write(dir.resolve("a"), "x");

        disk.createDirectories(dir);

        assertThat(disk.list(dir)).containsExactly("a");
    }

    @Test
    void syncs_directories_and_files() throws IOException {
        try (DiskFile file = disk.open(dir.resolve("a"), Open.WRITE)) {
            file.write(bytes("x"), 0);
            file.force();
        }
        disk.syncDirectory(dir);

        assertThat(content(dir.resolve("a"))).isEqualTo("x");
        assertThatThrownBy(() -> disk.syncDirectory(dir.resolve("missing")))
                .isInstanceOf(IOException.class);
    }

    @Test
    void says_how_much_room_there_is_also_for_a_path_to_be_made() throws IOException {
        assertThat(disk.freeBytes(dir)).isPositive();
        assertThat(disk.freeBytes(dir.resolve("not/yet"))).isPositive();
    }

    @Test
    void a_lock_is_held_once_and_can_be_taken_again_after_its_release() throws Exception {
        Path lock = dir.resolve("lock");
        try (AutoCloseable held = disk.lock(lock)) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> disk.lock(lock))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(lock.getFileName().toString());
        }
        disk.lock(lock).close();
    }

    void write(Path path, String text) throws IOException {
        try (DiskFile file = disk.open(path, Open.WRITE)) {
            file.write(bytes(text), 0);
        }
    }

    String content(Path path) throws IOException {
        try (DiskFile file = disk.open(path, Open.READ)) {
            return read(file, 0, (int) file.sizeBytes());
        }
    }

    static String read(DiskFile file, long position, int maxBytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(maxBytes);
        file.read(into, position);
        return UTF_8.decode(into.flip()).toString();
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    static ByteBuffer block(char letter) {
        return bytesInto(aligned(BLOCK), letter);
    }

    private static ByteBuffer bytesInto(ByteBuffer block, char letter) {
        for (int i = 0; i < block.limit(); i++) {
            block.put(i, (byte) letter);
        }
        return block;
    }

    private static ByteBuffer aligned(int size) {
        return ByteBuffer.allocateDirect(size + BLOCK).alignedSlice(BLOCK).limit(size);
    }
}
