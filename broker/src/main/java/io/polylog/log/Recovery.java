package io.polylog.log;

import io.polylog.log.BlockCodec.Header;
import io.polylog.log.BlockScanner.Block;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Goes through the log from the last checkpoint on, applies what is whole and finds its end. A bad
/// block is the end only if no later block says that it was durable: else it is damage, and what
/// was acknowledged is never cut away. The starting thread.
final class Recovery {
    private final List<Segment> segments;
    private final Replay replay;
    private final LogIndex index;
    private final List<String> damage = new ArrayList<>();
    private final BlockScanner scanner = new BlockScanner();
    private int current;
    private final long durable;
    private long offset;
    private int lastCrc;
    private @Nullable Header last;
    private int lastEpoch;
    private boolean emptySegment;

    /// @param segments the log segments to go through, in order; at least one, and the index has
    ///   the first
    /// @param manifest says where the first block lies in the first of them
    Recovery(List<Segment> segments, Manifest manifest, Replay replay, LogIndex index) {
        this.segments = segments;
        ReplayStart start = manifest.start();
        durable = manifest.durable();
        offset = start.offset();
        lastCrc = start.previousCrc();
        emptySegment = start.isFreshSegment();
        this.replay = replay;
        this.index = index;
    }

    /// The end of the log.
    ///
    /// @param segment the active segment
    /// @param offset where its next block begins
    /// @param lastCrc checksum of the last block, 0 when there is none
    /// @param lastEpoch start counter of the last block, 0 when there is none
    /// @param unused segments after the active one
    record End(Segment segment, int offset, int lastCrc, int lastEpoch, List<Segment> unused) {}

    /// Replays all there is.
    ///
    /// @param clean whether the log was closed before the first block: then an empty log is taken
    ///   for one without looking further
    End run(boolean clean) throws IOException {
        if (clean && scanner.block(segments.get(current), offset) == null) {
            return end();
        }
        while (true) {
            Block block = scanner.block(segments.get(current), offset);
            if (block != null && follows(block) && isDurable(block)) {
                take(block);
            } else if (!enterNext()) {
                checkNothingLost();
                replay.abandonOpen();
                return end();
            }
        }
    }

    private boolean follows(Block block) {
        return block.header().previousCrc() == lastCrc;
    }

    /// Whether a block may be applied: one with a damaged payload only if it is not a torn end.
    private boolean isDurable(Block block) throws IOException {
        int damagedPayload = block.damagedPayload();
        if (damagedPayload < 0) {
            return true;
        }
        Segment segment = segments.get(current);
        if (laterWatermark(offset) <= block.header().position()) {
            return false;
        }
        damage.add(segment.path() + ": payload of the record at byte " + (offset + damagedPayload));
        // Looking ahead has moved the scanner's window.
        return true;
    }

    private void take(Block seen) throws IOException {
        Block block = seen.damagedPayload() < 0 ? seen : again();
        replay.block(block);
        offset += block.header().paddedBytes();
        lastCrc = block.header().crc();
        last = block.header();
        lastEpoch = Math.max(lastEpoch, block.header().epoch());
        emptySegment = false;
    }

    private Block again() throws IOException {
        Block block = scanner.block(segments.get(current), offset);
        if (block == null) {
            throw new IOException(segments.get(current) + " changed while it was read");
        }
        return block;
    }

    /// Goes on in the next segment if its first block continues the last one here.
    private boolean enterNext() throws IOException {
        // Nobody leaves a segment empty: what is missing here was lost.
        if (emptySegment || current + 1 == segments.size()) {
            return false;
        }
        Block first = scanner.block(segments.get(current + 1), SegmentHeader.BYTES);
        if (first == null || !follows(first)) {
            return false;
        }
        index.segment(segments.get(current).number()).seal();
        current++;
        offset = SegmentHeader.BYTES;
        emptySegment = true;
        SegmentIndex _ = index.add(segments.get(current));
        return true;
    }

    /// Refuses to go on when a later block says that more than what was found was durable.
    private void checkNothingLost() throws IOException {
        Segment segment = segments.get(current);
        long end = segment.position((int) offset);
        long watermark = laterWatermark(offset);
        if (watermark > end) {
            throw new LogOpenException(
                    Reason.DAMAGED,
                    segment.path()
                            + (" is damaged from byte " + offset)
                            + (" to at most " + Position.text(watermark) + " (segment:byte):")
                            + " a later block or the checkpoint says that all of this was durable,"
                            + " so acknowledged data is affected. Nothing was changed. Restore the"
                            + " data directory from a copy or repair the disk and start again");
        }
    }

    /// The highest watermark in blocks after a byte of the current segment; at least the
    /// checkpoint's.
    private long laterWatermark(long from) throws IOException {
        long highest = durable;
        for (int i = current; i < segments.size(); i++) {
            Segment segment = segments.get(i);
            long start = i == current ? from + BlockCodec.ALIGNMENT : SegmentHeader.BYTES;
            for (long at = start; at < segment.header().sizeBytes(); at += BlockCodec.ALIGNMENT) {
                highest = Math.max(highest, scanner.watermark(segment, at));
            }
        }
        return highest;
    }

    /// Writes the last block again: the one no watermark vouches for. It may have been read from
    /// the page cache of a machine whose process was killed, or whose disk failed, before it was
    /// durable; a sync would not tell, since the cache may take it for written.
    void makeEndDurable() throws IOException {
        Header block = last;
        if (block != null) {
            int bytes = block.paddedBytes();
            int at = Position.offset(block.position());
            Segment segment = index.segment(Position.segment(block.position())).segment();
            ByteBuffer content =
                    Arena.ofAuto().allocate(bytes, BlockCodec.ALIGNMENT).asByteBuffer();
            if (segment.read(content, at) != bytes) {
                throw new IOException(segment + " changed while it was read");
            }
            segment.write(content.flip(), at);
        }
    }

    private End end() {
        List<Segment> unused = segments.subList(current + 1, segments.size());
        return new End(segments.get(current), (int) offset, lastCrc, lastEpoch, unused);
    }

    /// Ranges whose payload is unreadable, found on the way.
    List<String> damage() {
        return damage;
    }
}
