package io.polylog.broker.proof;

import io.polylog.broker.command.HeadReader;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// A machine's state as text: its cells, one by one, in an order of their own.
final class CellDump {
    private CellDump() {}

    /// Cells of a shard come packed: a version, then each with its kind and length.
    static List<String> ofShard(List<byte[]> packs) {
        List<String> cells = new ArrayList<>();
        for (byte[] pack : packs) {
            ByteBuffer buffer = ByteBuffer.wrap(pack);
            HeadReader in = new HeadReader(buffer);
            in.octet();
            while (buffer.hasRemaining()) {
                int kind = in.octet();
                byte[] body = new byte[in.integer()];
                buffer.get(body);
                cells.add(kind + " " + HexFormat.of().formatHex(body));
            }
        }
        cells.sort(null);
        return cells;
    }

    static List<String> ofMeta(List<byte[]> packs) {
        return packs.stream().map(HexFormat.of()::formatHex).sorted().toList();
    }

    private static List<String> shortened(List<String> cells) {
        return cells.stream()
                .map(cell -> cell.length() > 100 ? cell.substring(0, 100) + "..." : cell)
                .toList();
    }

    static void checkEqual(String what, List<String> live, List<String> replayed) {
        if (!live.equals(replayed)) {
            List<String> onlyLive = new ArrayList<>(live);
            replayed.forEach(onlyLive::remove);
            List<String> onlyReplayed = new ArrayList<>(replayed);
            live.forEach(onlyReplayed::remove);
            throw new Violation(
                    "the state of "
                            + what
                            + " is not what its log makes of it; it has "
                            + shortened(onlyLive)
                            + ", the log gives "
                            + shortened(onlyReplayed));
        }
    }
}
