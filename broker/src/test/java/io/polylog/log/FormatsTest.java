package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.log.Manifest.SegmentName;
import io.polylog.log.Manifest.ShardPoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the log writes to its small files comes back as it was, and a flipped bit is noticed.
class FormatsTest {
    private static final int BITS_TRIED = 200;
    private static final int MOST_RUNS = 20_000;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_manifest_comes_back_and_no_damaged_one_does(long seed) throws Exception {
        Random random = new Random(seed);
        DirectoryId directory = new DirectoryId(random.nextLong(), random.nextLong());
        Manifest manifest =
                new Manifest(
                        new ReplayStart(random.nextInt(), random.nextInt(), random.nextInt()),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextBoolean(),
                        list(random, () -> new ShardPoint(random.nextInt(), random.nextLong(), 5)),
                        list(random, () -> new SegmentName(random.nextInt(), kind(random))));

        ByteBuffer encoded = manifest.encode(directory);

        assertThat(Manifest.decode(encoded, directory, "manifest")).isEqualTo(manifest);
        for (int i = 0; i < BITS_TRIED; i++) {
            ByteBuffer damaged = flipped(encoded, random);
            assertThatThrownBy(() -> Manifest.decode(damaged, directory, "manifest"))
                    .as("seed %d, try %d", seed, i)
                    .isInstanceOf(LogOpenException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_segment_header_comes_back_and_no_damaged_one_does(long seed) throws Exception {
        Random random = new Random(seed);
        DirectoryId directory = new DirectoryId(random.nextLong(), random.nextLong());
        SegmentHeader header =
                new SegmentHeader(
                        random.nextInt(),
                        kind(random),
                        random.nextLong(),
                        random.nextLong(),
                        random.nextInt());
        ByteBuffer encoded = ByteBuffer.allocate(SegmentHeader.BYTES);

        header.encode(encoded, directory);

        assertThat(SegmentHeader.decode(encoded, directory, "segment")).isEqualTo(header);
        ByteBuffer told = encoded.slice(0, 96);
        for (int i = 0; i < BITS_TRIED; i++) {
            ByteBuffer damaged = flipped(told, random);
            assertThatThrownBy(() -> SegmentHeader.decode(damaged, directory, "segment"))
                    .as("seed %d, try %d", seed, i)
                    .isInstanceOf(LogOpenException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void pages_of_an_index_come_back_and_no_damaged_one_does(long seed) {
        Random random = new Random(seed);
        List<IndexEntry> entries = list(random, () -> entry(random, random.nextInt()));
        int[] pairs = random.ints(2L * random.nextInt(IndexFile.RUNS_PER_PAGE)).toArray();
        ByteBuffer ofEntries = page();
        ByteBuffer ofRuns = page();

        IndexFile.encodeEntries(ofEntries, 0, entries);
        IndexFile.encodeRuns(ofRuns, 0, pairs, 0, pairs.length / 2);

        assertThat(IndexFile.decodeEntries(ofEntries)).isEqualTo(entries);
        assertThat(IndexFile.decodeRuns(ofRuns)).isEqualTo(pairs);
        for (int i = 0; i < BITS_TRIED; i++) {
            assertThat(IndexFile.decodeEntries(flipped(ofEntries, random))).isNull();
            assertThat(IndexFile.decodeRuns(flipped(ofRuns, random))).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8_184, 8_185, MOST_RUNS})
    void extents_of_the_active_segment_come_back_from_their_cells(int runs) throws Exception {
        SegmentIndex segment = segment();
        List<IndexEntry> owed = new ArrayList<>();
        for (int stream = 0; stream < 3; stream++) {
            Extent extent = extent(segment, stream, runs);
            segment.add(extent);
            owed.add(extent.entry(0, runs));
        }
        Extent settled = extent(segment, 3, runs);
        segment.add(settled);
        settled.release(settled.owed());

        List<IndexEntry> found = new ArrayList<>();
        ExtentCells.Reader reader =
                new ExtentCells.Reader((entry, known) -> {
                    found.add(entry);
                    assertThat(pairs(known)).isEqualTo(pairs(extentRuns(runs)));
                });
        ExtentCells cells = new ExtentCells(segment);
        ByteBuffer cell;
        while ((cell = cells.next()) != null) {
            assertThat(cell.remaining()).isLessThanOrEqualTo(64 << 10);
            reader.cell(cell);
        }
        assertThat(found).isEqualTo(owed);
    }

    private static SegmentIndex segment() {
        SegmentHeader header = new SegmentHeader(7, SegmentHeader.Kind.LOG, 1, 1 << 20, 0);
        return new SegmentIndex(
                new Segment(new FaultyDisk(), java.nio.file.Path.of("7.log"), header, null),
                () -> {});
    }

    private static Extent extent(SegmentIndex segment, long stream, int runs) {
        StreamIndex owner = new StreamIndex(1, stream);
        IndexEntry entry = new IndexEntry(1, stream, 100, 100L + runs, 0, runs, 5, 6, 7);
        return new Extent(owner, segment, entry, extentRuns(runs));
    }

    private static Runs extentRuns(int count) {
        Runs runs = new Runs();
        for (int run = 0; run < count; run++) {
            runs.add(run, 1_000 + run);
        }
        return runs;
    }

    private static List<Integer> pairs(RunTable runs) {
        return IntStream.range(0, runs.count())
                .boxed()
                .flatMap(run -> java.util.stream.Stream.of(runs.delta(run), runs.place(run)))
                .toList();
    }

    private static IndexEntry entry(Random random, int runsAt) {
        return new IndexEntry(
                random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong(),
                runsAt,
                random.nextInt(),
                random.nextLong(),
                random.nextLong(),
                random.nextLong());
    }

    private static SegmentHeader.Kind kind(Random random) {
        return random.nextBoolean() ? SegmentHeader.Kind.LOG : SegmentHeader.Kind.PACKED;
    }

    private static <T> List<T> list(Random random, java.util.function.Supplier<T> make) {
        return java.util.stream.Stream.generate(make).limit(random.nextInt(60)).toList();
    }

    private static ByteBuffer page() {
        return ByteBuffer.allocate(IndexFile.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// A copy in which one bit is wrong.
    private static ByteBuffer flipped(ByteBuffer good, Random random) {
        ByteBuffer copy = ByteBuffer.allocate(good.limit()).order(good.order());
        copy.put(good.duplicate().position(0)).flip();
        int at = random.nextInt(copy.limit());
        return copy.put(at, (byte) (copy.get(at) ^ (1 << random.nextInt(8))));
    }
}
