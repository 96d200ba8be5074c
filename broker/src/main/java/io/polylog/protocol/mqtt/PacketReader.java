package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/// Cuts what a socket brings into packets. Keeps what is not a whole packet yet, and what is not
/// wanted yet. On the connection's loop.
final class PacketReader {
    private static final int LENGTH_BYTES = 4;

    private int mostBytes;
    private @Nullable ByteBuf kept;

    /// Whether what is kept is a buffer of our own.
    private boolean grown;

    private int begin;
    private int header;

    /// @param mostBytes of a packet
    PacketReader(int mostBytes) {
        this.mostBytes = mostBytes;
    }

    void mostBytes(int most) {
        mostBytes = most;
    }

    /// Adds what was read; takes it over.
    void add(ByteBuf read, ByteBufAllocator alloc) {
        ByteBuf before = kept;
        if (before == null || !before.isReadable()) {
            close();
            kept = read;
            return;
        }
        if (grown) {
            before.discardReadBytes().writeBytes(read);
        } else {
            ByteBuf both = alloc.buffer(before.readableBytes() + read.readableBytes());
            both.writeBytes(before).writeBytes(read);
            before.release();
            kept = both;
            grown = true;
        }
        read.release();
    }

    /// The body of the next packet, or null where it is not there yet. Valid until the next call.
    @Nullable ByteBuf next() {
        ByteBuf in = kept;
        if (in == null || !in.isReadable()) {
            close();
            return null;
        }
        begin = in.readerIndex();
        int length = 0;
        for (int i = 0; i < LENGTH_BYTES; i++) {
            if (begin + 1 + i >= in.writerIndex()) {
                return null;
            }
            int next = in.getUnsignedByte(begin + 1 + i);
            length |= (next & 0x7f) << (7 * i);
            if (next < 0x80) {
                return body(in, 2 + i, length);
            }
        }
        throw MqttException.malformed("a length of more than four bytes");
    }

    private @Nullable ByteBuf body(ByteBuf in, int before, int length) {
        if (before + length > mostBytes) {
            throw new MqttException(
                    ReasonCode.PACKET_TOO_LARGE, "a packet of " + (before + length) + " bytes");
        }
        if (in.readableBytes() < before + length) {
            return null;
        }
        header = in.getUnsignedByte(begin);
        ByteBuf body = in.slice(begin + before, length);
        in.readerIndex(begin + before + length);
        return body;
    }

    /// The first byte of the packet that [#next] gave.
    int header() {
        return header;
    }

    /// The packet that [#next] gave comes again.
    void again() {
        if (kept != null) {
            kept.readerIndex(begin);
        }
    }

    /// Whether bytes wait here.
    boolean holds() {
        return kept != null && kept.isReadable();
    }

    void close() {
        if (kept != null) {
            kept.release();
            kept = null;
            grown = false;
        }
    }
}
