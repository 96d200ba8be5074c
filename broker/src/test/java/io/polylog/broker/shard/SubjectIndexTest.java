package io.polylog.broker.shard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import io.polylog.io.MemoryUse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What an index takes, and that its cells stay small.
class SubjectIndexTest {
    private static final int MESSAGES = 1_000_000;

    private final Cells cells = new Cells();
    private SubjectIndex index = new SubjectIndex(7);

    private static byte[] subject(String prefix, int number) {
        return (prefix + number).getBytes(UTF_8);
    }

    @Test
    void aMessageOfFewSubjectsTakesAByte() {
        long before = MemoryUse.heapBytes();
        for (int offset = 0; offset < MESSAGES; offset++) {
            index.stored(subject("orders.", offset % 10), offset, false, cells);
        }
        long bytes = MemoryUse.heapBytes() - before;
        System.out.printf("heap: %d B for a million messages of 10 subjects%n", bytes);
        assertThat(bytes).isBetween(1_000_000L, 1_200_000L);

        SubjectMatch match = new SubjectMatch(List.of("#.3", "none.*"));
        for (int again = 0; again < 10; again++) {
            long began = System.nanoTime();
            long count = index.numbers().count(0, MESSAGES, each -> match.fits(index, each));
            System.out.printf("counting: %d us%n", (System.nanoTime() - began) / 1_000);
            assertThat(count).isEqualTo(MESSAGES / 10);
        }
    }

    @Test
    void aSubjectTakesEightyBytesAndMoreAreRefusedUntilSomeGo() {
        long before = MemoryUse.heapBytes();
        for (int offset = 0; offset < SubjectIndex.MOST_SUBJECTS; offset++) {
            // Neighbours in the order of subjects come far from each other.
            int mixed = (int) (offset * 7_919L % SubjectIndex.MOST_SUBJECTS);
            index.stored(subject("kv.users.", mixed), offset, false, cells);
        }
        long perSubject = (MemoryUse.heapBytes() - before) / SubjectIndex.MOST_SUBJECTS;
        System.out.printf("heap: %d B a subject with a message%n", perSubject);
        assertThat(perSubject).isBetween(40L, 90L);

        assertThat(newest("*.users.none")).isEqualTo(Conflict.UNTOLD);
        assertThat(newest("kv.users.none.*")).isEqualTo(-1);

        byte[] more = subject("more", 1);
        assertThat(index.hasRoom(more)).isFalse();
        assertThat(index.hasRoom(subject("kv.users.", 5))).isTrue();
        index.removed(10, 11, cells);
        assertThat(index.hasRoom(more)).isTrue();
        assertThat(index.number(subject("kv.users.", 79_190))).isZero();
        index.stored(more, MESSAGES, false, cells);
        assertThat(index.number(more)).as("the number that is free").isEqualTo(11);
        assertThat(index.last(more, cells)).isEqualTo(MESSAGES);
    }

    private long newest(String pattern) {
        return index.last(new SubjectMatch(List.of(pattern)), cells);
    }

    @Test
    void theOldestOfASubjectIsFoundAtOnceAmongManyOthers() {
        int subjects = 100_000;
        long began = System.nanoTime();
        for (int offset = 0; offset < 5 * subjects; offset++) {
            int number = index.stored(subject("s", offset % subjects), offset, true, cells);
            if (index.count(number) > 2) {
                long first = index.takeFirst(number, cells);
                assertThat(first).isEqualTo(offset - 2L * subjects);
                index.removed(first, first + 1, cells);
                index.forgetBelow(first + 1, cells);
            }
        }
        long perMessage = (System.nanoTime() - began) / (5L * subjects);
        System.out.printf("two of each subject: %d ns a message%n", perMessage);
        // Looking for it takes a hundred microseconds.
        assertThat(perMessage).isLessThan(20_000);
    }

    @Test
    void longSubjectsMakeNoLargeCellsAndComeBack() {
        String filling = "x".repeat(SubjectIndex.MOST_BYTES - 10);
        for (int offset = 0; offset < 500; offset++) {
            index.stored(subject(offset % 2 == 0 ? filling : "s", offset), offset, false, cells);
        }
        index.removed(3, 40, cells);
        index.stored(subject("s", 600), 600, false, cells);
        StringBuilder dump = new StringBuilder();
        index.dump(0, 700, dump);

        List<Cell> all = new ArrayList<>();
        index.cells(all);
        index = new SubjectIndex(7);
        for (Cell cell : all) {
            HeadWriter out = new HeadWriter(64);
            cell.encode(out);
            assertThat(out.length()).isLessThan(60 * 1024);
            HeadReader in = new HeadReader(out.toBuffer());
            if (cell.kind() == CellKind.SUBJECT_PAGE) {
                index.restore(SubjectPage.decode(in));
            } else {
                index.numbers().restore(SubjectNumberPage.decode(in));
            }
        }
        index.restored();
        StringBuilder again = new StringBuilder();
        index.dump(0, 700, again);
        assertThat(again).hasToString(dump.toString());
        assertThat(index.first(index.number(subject("s", 41)), cells)).isEqualTo(41);
    }
}
