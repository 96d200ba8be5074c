package io.polylog.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.io.Disk.Open;
import io.polylog.io.sim.Fault;
import io.polylog.io.sim.SimDisk;
import io.polylog.io.sim.SimulatedCrash;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The simulated disk does what a real one does (the contract) and, at a crash, everything that a
/// real one may do and nothing more.
final class SimDiskTest extends DiskContractTest {
    private static final int SEEDS = 300;
    private static final int SECTOR = 512;
    private static final int BLOCK = 4096;

    @Override
    Disk makeDisk() {
        return new SimDisk(1);
    }

    @Override
    Path root() {
        return Path.of("/sim");
    }

    /// A step of a test on a disk of its own.
    private interface Step {
        void on(SimDisk disk) throws IOException;
    }

    /// Does something on many disks, cuts the power and collects what is seen afterwards.
    private Set<String> afterPowerLoss(Step work, Look look) throws IOException {
        Set<String> seen = new TreeSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            SimDisk fresh = prepared(seed);
            work.on(fresh);
            fresh.losePower();
            seen.add(look.at(fresh));
        }
        return seen;
    }

    private interface Look {
        String at(SimDisk disk) throws IOException;
    }

    private SimDisk prepared(long seed) throws IOException {
        SimDisk fresh = new SimDisk(seed);
        disk = fresh;
        fresh.createDirectories(dir);
        write(dir.resolve("kept"), "old");
        sync(dir.resolve("kept"));
        fresh.syncDirectory(dir);
        return fresh;
    }

    private void sync(Path path) throws IOException {
        try (DiskFile file = disk.open(path, Open.WRITE)) {
            file.force();
        }
    }

    private String namesAndContents(Disk disk) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String name : disk.list(dir)) {
            all.append(name).append('=').append(content(dir.resolve(name))).append(' ');
        }
        return all.toString().strip();
    }

    @Test
    void unsynced_bytes_may_be_kept_or_lost() throws IOException {
        Set<String> seen =
                afterPowerLoss(some -> write(dir.resolve("kept"), "new"), this::namesAndContents);

        assertThat(seen).containsExactlyInAnyOrder("kept=old", "kept=new");
    }

    @Test
    void synced_bytes_are_kept() throws IOException {
        Set<String> seen =
                afterPowerLoss(
                        some -> {
                            write(dir.resolve("kept"), "new");
                            sync(dir.resolve("kept"));
                        },
                        this::namesAndContents);

        assertThat(seen).containsExactly("kept=new");
    }

    @Test
    void every_version_of_an_unsynced_sector_may_be_the_one_on_the_medium() throws IOException {
        Set<String> seen =
                afterPowerLoss(
                        some -> {
                            write(dir.resolve("kept"), "one");
                            write(dir.resolve("kept"), "two");
                        },
                        this::namesAndContents);

        assertThat(seen).containsExactlyInAnyOrder("kept=old", "kept=one", "kept=two");
    }

    @Test
    void unsynced_sectors_are_torn_and_reordered() throws IOException {
        Set<String> shapes =
                afterPowerLoss(
                        some -> {
                            try (DiskFile file = some.open(dir.resolve("kept"), Open.WRITE)) {
                                file.write(block('x'), 0);
                            }
                        },
                        some -> sectors(some, dir.resolve("kept")));

        assertThat(shapes).contains("xxxxxxxx").contains("old");
        assertThat(shapes).anyMatch(shape -> shape.matches("x+-+"));
        assertThat(shapes).anyMatch(shape -> shape.matches("o-+x.*"));
    }

    @Test
    void a_durable_write_that_returned_is_kept_whatever_was_unsynced_before() throws IOException {
        Set<String> seen =
                afterPowerLoss(
                        some -> {
                            try (DiskFile cached = some.open(dir.resolve("kept"), Open.WRITE);
                                    DiskFile file = some.open(dir.resolve("kept"), Open.DURABLE)) {
                                cached.truncate(0);
                                cached.write(block('a'), 0);
                                cached.write(block('b'), BLOCK);
                                file.write(block('x'), BLOCK);
                            }
                        },
                        some -> sectors(some, dir.resolve("kept")).substring(8));

        assertThat(seen).containsExactly("xxxxxxxx");
    }

    @Test
    void a_durable_write_that_the_crash_cuts_short_is_torn_at_sectors() throws IOException {
        Set<String> shapes =
                afterPowerLoss(
                        some -> {
                            try (DiskFile file = some.open(dir.resolve("kept"), Open.DURABLE)) {
                                file.write(block('o'), 0);
                                some.failNth(1, Fault.CRASH);
                                assertThatThrownBy(() -> file.write(block('x'), 0))
                                        .isInstanceOf(SimulatedCrash.class);
                            }
                        },
                        some -> sectors(some, dir.resolve("kept")));

        assertThat(shapes).contains("xxxxxxxx", "oooooooo");
        assertThat(shapes).anyMatch(shape -> shape.matches("x+o+"));
        assertThat(shapes).anyMatch(shape -> shape.matches("o+x[xo]*"));
        assertThat(shapes).allMatch(shape -> shape.matches("[xo]{8}"));
    }

    @Test
    void unsynced_names_may_be_kept_or_lost() throws IOException {
        Set<String> seen =
                afterPowerLoss(
                        some -> {
                            write(dir.resolve("new"), "");
                            sync(dir.resolve("new"));
                        },
                        some -> String.join(" ", some.list(dir)));

        assertThat(seen).containsExactlyInAnyOrder("kept", "kept new");
    }

    @Test
    void an_unsynced_delete_may_come_back() throws IOException {
        Set<String> seen =
                afterPowerLoss(some -> some.delete(dir.resolve("kept")), this::namesAndContents);

        assertThat(seen).containsExactlyInAnyOrder("", "kept=old");
    }

    @Test
    void an_unsynced_rename_happened_wholly_or_not_at_all() throws IOException {
        Step replace =
                some -> {
                    write(dir.resolve("new"), "new");
                    sync(dir.resolve("new"));
                    some.syncDirectory(dir);
                    some.rename(dir.resolve("new"), dir.resolve("kept"));
                };

        assertThat(afterPowerLoss(replace, this::namesAndContents))
                .containsExactlyInAnyOrder("kept=old new=new", "kept=new");
    }

    @Test
    void a_file_that_was_renamed_twice_has_one_name() throws IOException {
        Step twice =
                some -> {
                    some.rename(dir.resolve("kept"), dir.resolve("b"));
                    some.rename(dir.resolve("b"), dir.resolve("c"));
                };

        assertThat(afterPowerLoss(twice, this::namesAndContents))
                .containsExactlyInAnyOrder("kept=old", "b=old", "c=old");
    }

    @Test
    void synced_names_are_kept() throws IOException {
        Step all =
                some -> {
                    write(dir.resolve("new"), "");
                    some.rename(dir.resolve("kept"), dir.resolve("moved"));
                    some.syncDirectory(dir);
                };

        assertThat(afterPowerLoss(all, some -> String.join(" ", some.list(dir))))
                .containsExactly("moved new");
    }

    @Test
    void a_killed_process_leaves_the_cache_which_a_later_power_loss_takes() throws IOException {
        Set<String> seen = new HashSet<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            SimDisk fresh = prepared(seed);
            write(dir.resolve("kept"), "new");
            fresh.kill();
            assertThat(content(dir.resolve("kept"))).isEqualTo("new");
            fresh.losePower();
            seen.add(content(dir.resolve("kept")));
        }
        assertThat(seen).containsExactlyInAnyOrder("old", "new");
    }

    @Test
    void after_a_failed_sync_the_next_one_succeeds_and_the_bytes_are_gone() throws IOException {
        Step fsyncgate =
                some -> {
                    try (DiskFile file = some.open(dir.resolve("kept"), Open.WRITE)) {
                        file.write(bytes("new"), 0);
                        some.failNth(1, Fault.LOST_SYNC);
                        assertThatThrownBy(file::force).isInstanceOf(IOException.class);
                        file.force();
                    }
                };

        assertThat(afterPowerLoss(fsyncgate, this::namesAndContents)).containsExactly("kept=old");
    }

    @Test
    void a_failed_call_fails_once_and_has_done_nothing() throws IOException {
        SimDisk some = prepared(1);
        try (DiskFile file = some.open(dir.resolve("kept"), Open.WRITE)) {
            some.failNth(1, Fault.IO_ERROR);
            assertThatThrownBy(() -> file.write(bytes("new"), 0)).isInstanceOf(IOException.class);
            assertThat(content(dir.resolve("kept"))).isEqualTo("old");
            file.write(bytes("new"), 0);
            assertThat(content(dir.resolve("kept"))).isEqualTo("new");
        }
    }

    @Test
    void a_dead_disk_fails_every_call() throws IOException {
        SimDisk some = prepared(1);
        some.failFrom(2);
        some.list(dir);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> some.list(dir)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_full_disk_refuses_to_grow_and_recovers_when_there_is_room() throws IOException {
        SimDisk some = prepared(1);
        some.leaveRoom(BLOCK);
        try (DiskFile file = some.open(dir.resolve("big"), Open.DURABLE)) {
            file.write(block('a'), 0);
            assertThat(some.freeBytes(dir)).isZero();
            assertThatThrownBy(() -> file.write(block('b'), BLOCK))
                    .isInstanceOf(DiskFullException.class);
            file.write(block('c'), 0);

            some.delete(dir.resolve("kept"));
            file.write(block('b'), BLOCK);
        }
        assertThat(sectors(some, dir.resolve("big"))).isEqualTo("ccccccccbbbbbbbb");
    }

    @Test
    void after_the_crash_nothing_of_the_life_before_works() throws IOException {
        SimDisk some = prepared(1);
        AutoCloseable lock = some.lock(dir.resolve("lock"));
        DiskFile file = some.open(dir.resolve("kept"), Open.WRITE);
        some.failNth(1, Fault.CRASH);
        assertThatThrownBy(() -> some.list(dir)).isInstanceOf(SimulatedCrash.class);
        assertThat(some.down()).isTrue();
        assertThatThrownBy(() -> some.list(dir)).isInstanceOf(SimulatedCrash.class);

        some.kill();

        assertThatThrownBy(() -> file.write(bytes("x"), 0)).isInstanceOf(SimulatedCrash.class);
        AutoCloseable again = some.lock(dir.resolve("lock"));
        assertThatThrownBy(() -> some.lock(dir.resolve("lock"))).isInstanceOf(IOException.class);
        assertThat(again).isNotSameAs(lock);
    }

    @Test
    void the_same_seed_gives_the_same_outcome() throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(tornBySeed(seed)).isEqualTo(tornBySeed(seed));
        }
    }

    @Test
    void a_flipped_bit_survives_everything() throws IOException {
        SimDisk some = prepared(1);
        some.flipBit(dir.resolve("kept"), 1, 0);

        assertThat(content(dir.resolve("kept"))).isEqualTo("omd");
        some.losePower();
        assertThat(content(dir.resolve("kept"))).isEqualTo("omd");
    }

    @Test
    void a_fork_has_the_same_content_and_its_own_future() throws IOException {
        SimDisk some = prepared(1);
        SimDisk fork = some.fork(2);
        write(dir.resolve("kept"), "new");
        write(dir.resolve("more"), "x");

        disk = fork;
        assertThat(namesAndContents(fork)).isEqualTo("kept=old");
    }

    private String tornBySeed(long seed) throws IOException {
        SimDisk some = prepared(seed);
        try (DiskFile file = some.open(dir.resolve("kept"), Open.WRITE)) {
            for (char letter = 'a'; letter < 'z'; letter++) {
                file.write(block(letter), (letter - 'a') * (BLOCK / 2L));
            }
        }
        some.losePower();
        return sectors(some, dir.resolve("kept"));
    }

    /// The first letter of each sector, `-` for zero; the whole content where it is short.
    private static String sectors(Disk disk, Path path) throws IOException {
        try (DiskFile file = disk.open(path, Open.READ)) {
            String content = read(file, 0, (int) file.sizeBytes());
            StringBuilder letters = new StringBuilder();
            for (int at = 0; at < content.length(); at += SECTOR) {
                letters.append(content.charAt(at) == 0 ? '-' : content.charAt(at));
            }
            return content.length() < SECTOR ? content : letters.toString();
        }
    }
}
