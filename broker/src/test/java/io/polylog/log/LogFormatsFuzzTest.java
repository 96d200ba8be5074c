package io.polylog.log;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/// Whatever bytes lie in the log's files: they are what they should be, or a start is refused in
/// words; nothing else is thrown, and no memory is taken for what only is claimed. Bytes are tried
/// as they are and under right checksums, or nothing behind the checksums would be looked at. Runs
/// its corpus as a plain test; with `JAZZER_FUZZ=1` it looks for more.
class LogFormatsFuzzTest {
    private static final DirectoryId DIRECTORY = new DirectoryId(1, 2);
    private static final Path FILE = Path.of("file");

    /// By the first byte of an input.
    private static final List<Format> FORMATS =
            List.of(Format.META, Format.SEGMENT, Format.INDEX, Format.CELLS, Format.MANIFEST);

    private static final int MOST_RECORDS = 100;

    /// Large; and made once, for its memory is not the heap's.
    private static final BlockScanner SCANNER = new BlockScanner();

    private static final ReadBuffers BUFFERS = new ReadBuffers();

    // ---- small files

    /// @param data the first byte chooses the file, the rest is what it holds
    @FuzzTest(maxDuration = "60s")
    void any_small_file_is_read_or_refused(byte[] data) {
        if (data.length == 0) {
            return;
        }
        ByteBuffer content = ByteBuffer.wrap(data).slice(1, data.length - 1);
        Format format = FORMATS.get((data[0] & 0xff) % FORMATS.size());
        readOrRefuse(format, content);
        readOrRefuse(format, sealed(format, content));
    }

    private static void readOrRefuse(Format format, ByteBuffer content) {
        try {
            switch (format) {
                case META -> FormatHeader.decode(content, 0, Format.META, FILE);
                case MANIFEST -> Manifest.decode(content, DIRECTORY, FILE);
                case SEGMENT -> SegmentHeader.decode(content, DIRECTORY, FILE);
                case INDEX -> readIndex(content);
                case CELLS ->
                        CellsFile.read(
                                new BytesDisk(content),
                                FILE,
                                DIRECTORY,
                                content.limit(),
                                new CellTaker());
            }
        } catch (LogOpenException refused) {
            // what a damaged file is to get
        } catch (IOException e) {
            throw new AssertionError("no disk is at fault", e);
        }
    }

    private static void readIndex(ByteBuffer content) throws IOException {
        IndexFile.decodeHeader(content, DIRECTORY, FILE);
        SegmentHeader owner = new SegmentHeader(7, SegmentHeader.Kind.LOG, 0, 1 << 20, 0);
        BytesDisk disk = new BytesDisk(content);
        IndexReader.Content found =
                new IndexReader(new SegmentFiles(disk, Path.of("."), DIRECTORY))
                        .read(new Segment(disk, FILE, owner, null));
        if (found.entries().size() > content.limit()) {
            throw new AssertionError("more extents than bytes");
        }
    }

    /// The content behind a right beginning and under right checksums.
    private static ByteBuffer sealed(Format format, ByteBuffer content) {
        int length = FormatHeader.BYTES + Math.max(content.limit(), IndexFile.PAGE_BYTES);
        boolean exact = format == Format.MANIFEST || format == Format.CELLS;
        ByteBuffer file =
                ByteBuffer.allocate(exact ? FormatHeader.BYTES + content.limit() : length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        FormatHeader.encode(file, 0, format, DIRECTORY);
        file.put(FormatHeader.BYTES, content, 0, content.limit());
        switch (format) {
            case META -> {}
            case MANIFEST -> seal(file, 64, 68, file.limit());
            case SEGMENT -> seal(file, 92, 64, 92);
            case INDEX -> {
                seal(file, 96, 64, 96);
                for (int at = IndexFile.PAGE_BYTES;
                        at + IndexFile.PAGE_BYTES <= file.limit();
                        at += IndexFile.PAGE_BYTES) {
                    seal(file, at, at + 4, at + IndexFile.PAGE_BYTES);
                }
            }
            case CELLS -> sealCells(file);
        }
        return file;
    }

    private static void sealCells(ByteBuffer file) {
        int at = FormatHeader.BYTES;
        while (at + CellsFile.HEADER_BYTES <= file.limit()) {
            int length = file.getInt(at);
            if (length < 0 || length > file.limit() - at - CellsFile.HEADER_BYTES) {
                return;
            }
            seal(file, at + 4, at + 8, at + CellsFile.HEADER_BYTES + length);
            at += CellsFile.HEADER_BYTES + length;
        }
    }

    private static void seal(ByteBuffer file, int crcAt, int from, int end) {
        if (end <= file.limit() && from <= end && crcAt + Integer.BYTES <= file.limit()) {
            file.putInt(crcAt, Crc.of(file, from, end - from));
        }
    }

    /// Takes cells of extents; what a machine makes of its own is the machine's.
    private static final class CellTaker implements CellsFile.Sink {
        private final ExtentCells.Reader extents = new ExtentCells.Reader((entry, runs) -> {});

        @Override
        public void cell(int shard, int kind, ByteBuffer content) throws IOException {
            if (kind == CellsFile.EXTENT) {
                extents.cell(content);
            }
        }
    }

    // ---- pages of an index

    /// @param data a page, its checksum made right in the second try
    @FuzzTest(maxDuration = "60s")
    void any_page_of_an_index_is_read_or_damaged(byte[] data) {
        ByteBuffer page = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        IndexFile.decodeRuns(page);
        IndexFile.decodeEntries(page);
        ByteBuffer whole = ByteBuffer.allocate(IndexFile.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        whole.put(4, data, 0, Math.min(data.length, IndexFile.PAGE_BYTES - 4));
        seal(whole, 0, 4, IndexFile.PAGE_BYTES);
        IndexFile.decodeRuns(whole);
        IndexFile.decodeEntries(whole);
    }

    // ---- blocks and their records

    /// @param data the records of a block, their checksums made right in the second try
    @FuzzTest(maxDuration = "60s")
    void any_block_is_replayed_or_refused(byte[] data) throws IOException {
        int padded = RecordCodec.ALIGNMENT * Math.ceilDiv(data.length, RecordCodec.ALIGNMENT);
        int length = BlockCodec.HEADER_BYTES + padded;
        ByteBuffer block =
                ByteBuffer.allocate(SegmentHeader.BYTES + BlockCodec.padded(length))
                        .order(ByteOrder.LITTLE_ENDIAN);
        block.put(SegmentHeader.BYTES, data);
        replay(block);
        block.put(SegmentHeader.BYTES + BlockCodec.HEADER_BYTES, data);
        seal(block, length);
        replay(block);
    }

    private static SegmentHeader segment(int bytes) {
        return new SegmentHeader(7, SegmentHeader.Kind.LOG, 1, bytes, 0);
    }

    /// Makes all checksums right as far as the records reach.
    private static void seal(ByteBuffer file, int length) {
        CRC32C crc = new CRC32C();
        ByteBuffer scratch = file.duplicate();
        int at = SegmentHeader.BYTES + BlockCodec.HEADER_BYTES;
        int end = SegmentHeader.BYTES + length;
        int fold = 0;
        int records = 0;
        while (end - at >= RecordCodec.HEADER_BYTES && records < MOST_RECORDS) {
            int room = end - at - RecordCodec.HEADER_BYTES;
            long head = RecordCodec.headLength(file, at);
            long payload = RecordCodec.payloadLength(file, at);
            if (head < 0 || payload < 0 || head + payload > room) {
                break;
            }
            long salt = RecordCodec.salt(1, Position.of(7, at));
            fold = BlockCodec.fold(fold, RecordCodec.seal(file, at, salt, scratch, crc));
            at += RecordCodec.bytes(file, at);
            records++;
        }
        BlockCodec.encode(
                file,
                SegmentHeader.BYTES,
                new BlockCodec.Header(
                        0,
                        1,
                        at - SegmentHeader.BYTES,
                        Position.of(7, SegmentHeader.BYTES),
                        0,
                        records,
                        0,
                        fold,
                        1,
                        0),
                scratch,
                crc);
    }

    private static void replay(ByteBuffer file) throws IOException {
        Segment segment = new Segment(new BytesDisk(file), FILE, segment(file.limit()), null);
        BlockScanner.Block block = SCANNER.block(segment, SegmentHeader.BYTES);
        if (block == null) {
            return;
        }
        LogIndex index = new LogIndex();
        index.add(segment);
        Places places = new Places();
        Map<Integer, ShardState> shards = Map.of(0, new ShardState(0, new HeadReader()));
        Replay replay = new Replay(shards, index, places, new Applying(places));
        try {
            replay.block(block);
            replay.abandonOpen();
        } catch (LogOpenException refused) {
            // what a damaged log is to get
        }
        readShapes(segment, block);
    }

    /// Reads each record as a reader of the segment's file does.
    private static void readShapes(Segment segment, BlockScanner.Block block) throws IOException {
        try (FileRecords files = new FileRecords(BUFFERS)) {
            int at = SegmentHeader.BYTES + BlockCodec.HEADER_BYTES;
            for (int i = 0; i < block.header().records(); i++) {
                ReadResult.Shape shape = files.shape(segment, at);
                if (shape == null) {
                    throw new AssertionError("a record the scanner trusts is none at " + at);
                }
                readLarge(files, segment, at, shape);
                at += shape.bytes();
            }
        }
    }

    private static void readLarge(
            FileRecords files, Segment segment, int at, ReadResult.Shape shape) throws IOException {
        if (shape.kind() == RecordCodec.LARGE && files.payloadIntact(segment, at, shape)) {
            Parts.totalBytes(
                    files.bytes(segment, at, shape),
                    RecordCodec.HEADER_BYTES + shape.headLength(),
                    shape.payloadLength());
        }
    }

    /// A machine that reads its commands to the end.
    private static final class HeadReader implements ShardMachine {
        @Override
        public void apply(Entry entry) {
            List<Logged> commands = entry.commands();
            for (Logged command : commands) {
                byte[] head = new byte[command.head().remaining()];
                command.head().get(head);
                if (command.span() > 0 && command.locator() == null) {
                    throw new AssertionError("a payload lies nowhere");
                }
            }
        }

        @Override
        public void committed() {}

        @Override
        public void leading(long epoch) {}

        @Override
        public Snapshot checkpoint() {
            return () -> null;
        }

        @Override
        public void restore(ByteBuffer cell) {}

        @Override
        public void restored() {}
    }
}
