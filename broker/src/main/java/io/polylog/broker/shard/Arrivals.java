package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.TransferCommand.Sender;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What came from streams of any shard: of each the highest number, so that what is sent again is
/// known. A source that was not heard of for a day is forgotten: it sends again within seconds, or
/// when its broker is back.
final class Arrivals {
    private static final long REMEMBERED_MS = 86_400_000;

    private final Cells cells;

    /// By source, the one heard of last at the end.
    private final Map<Long, Arrival> bySource = new LinkedHashMap<>();

    Arrivals(Cells cells) {
        this.cells = cells;
    }

    /// The newest of one source.
    static final class Arrival extends Cell {
        final long source;
        private long number;
        private long timeMs;

        Arrival(long source) {
            this.source = source;
        }

        @Override
        public int kind() {
            return CellKind.ARRIVAL;
        }

        @Override
        public void encode(HeadWriter out) {
            out.number(source).number(number).number(timeMs);
        }

        static Arrival decode(HeadReader in) {
            Arrival arrival = new Arrival(in.number());
            arrival.number = in.number();
            arrival.timeMs = in.number();
            return arrival;
        }
    }

    boolean knows(Sender sender) {
        Arrival arrival = bySource.get(sender.source());
        return arrival != null && sender.number() <= arrival.number;
    }

    void note(Sender sender, long timeMs) {
        Arrival arrival = bySource.remove(sender.source());
        if (arrival == null) {
            forget(timeMs - REMEMBERED_MS);
            arrival = cells.born(new Arrival(sender.source()));
        } else {
            cells.touch(arrival);
        }
        arrival.number = sender.number();
        arrival.timeMs = timeMs;
        bySource.put(sender.source(), arrival);
    }

    private void forget(long beforeMs) {
        Iterator<Arrival> oldest = bySource.values().iterator();
        while (oldest.hasNext()) {
            Arrival arrival = oldest.next();
            if (arrival.timeMs >= beforeMs) {
                break;
            }
            cells.touch(arrival);
            oldest.remove();
        }
    }

    /// All of them as they are now.
    Iterator<Arrival> iterator() {
        return List.copyOf(bySource.values()).iterator();
    }

    /// Takes those of a checkpoint back.
    void restore(List<Arrival> all) {
        all.stream()
                .sorted(
                        Comparator.<Arrival>comparingLong(each -> each.timeMs)
                                .thenComparingLong(each -> each.source))
                .forEach(each -> bySource.put(each.source, each));
    }

    void dump(StringBuilder out) {
        bySource.values().stream()
                .sorted(Comparator.comparingLong(each -> each.source))
                .forEach(each ->
                        out.append("arrived ")
                                .append(each.source)
                                .append(' ')
                                .append(each.number)
                                .append('\n'));
    }
}
