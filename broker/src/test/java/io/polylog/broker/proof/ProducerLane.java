package io.polylog.broker.proof;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.Publication.Content;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// An idempotent producer in one partition: up to five batches in flight; after any failure it
/// waits for the rest and sends what was not acknowledged again, in order.
final class ProducerLane {
    private static final int WINDOW = 5;

    final String name;
    final int partition;
    private final World world;
    private final long id;
    private final List<Sent> sent = new ArrayList<>();
    private int nextSequence;
    private int inFlight;
    private boolean broken;

    ProducerLane(World world, String name, int partition, long id) {
        this.world = world;
        this.name = name;
        this.partition = partition;
        this.id = id;
    }

    /// A batch and what is known of it.
    static final class Sent {
        final String body;
        final int sequence;
        final int count;
        long base = -1;
        private int times;

        /// Whom its first sending was sure to reach.
        private Set<Account> reached = Set.of();

        Sent(String body, int sequence, int count) {
            this.body = body;
            this.sequence = sequence;
            this.count = count;
        }

        boolean isAcknowledged() {
            return base >= 0;
        }

        String key(int index) {
            return body + "/" + index;
        }
    }

    private String last = "nothing answered";

    @Override
    public String toString() {
        return name + " in flight " + inFlight + ", last " + last;
    }

    List<Sent> sent() {
        return sent;
    }

    /// The next batch, if it may be sent now; or the failed ones again.
    void append(int count) {
        if (broken) {
            repair();
        } else if (inFlight < WINDOW) {
            Sent next = new Sent(name + "-" + sent.size(), nextSequence, count);
            nextSequence += count;
            sent.add(next);
            send(next);
        }
    }

    /// Sends what was not acknowledged once more.
    void repair() {
        if (inFlight > 0) {
            return;
        }
        broken = false;
        sent.stream().filter(batch -> !batch.isAcknowledged()).limit(WINDOW).forEach(this::send);
    }

    boolean isSettled() {
        return inFlight == 0 && sent.stream().allMatch(Sent::isAcknowledged);
    }

    /// Sends an acknowledged batch once more: it must be known.
    void retry(int back) {
        int place = sent.size() - 1 - back;
        if (place >= 0 && isSettled()) {
            send(sent.get(place));
        }
    }

    private void send(Sent batch) {
        inFlight++;
        batch.times++;
        boolean again = batch.isAcknowledged();
        int place = sent.indexOf(batch);
        boolean forgotten = again && sent.size() - place > WINDOW;
        byte[] bytes = (Appends.ROOM + batch.body).getBytes(StandardCharsets.UTF_8);
        List<Content> opened =
                world.wantsOpened()
                        ? IntStream.range(0, batch.count)
                                .mapToObj(i -> Peer.content(batch.key(i)))
                                .toList()
                        : List.of();
        ProducerStamp stamp = new ProducerStamp(id, (short) 0, batch.sequence);
        if (batch.times == 1) {
            batch.reached = world.reachedByTopic();
        }
        List<Owed> owed = world.expectRecords(this, batch, batch.reached);
        world.append(
                Appends.of(
                        World.TOPIC, partition, stamp, batch.count, ByteBuffer.wrap(bytes), opened),
                result -> {
                    inFlight--;
                    last = result.toString();
                    answered(batch, result, forgotten);
                    boolean stored =
                            result.outcome() == Outcome.APPENDED
                                    || result.outcome() == Outcome.DUPLICATE;
                    owed.forEach(one -> one.stored(stored));
                });
    }

    private void answered(Sent batch, AppendListener.Result result, boolean forgotten) {
        switch (result.outcome()) {
            case APPENDED -> {
                check(!batch.isAcknowledged(), "stored twice", batch, result);
                acknowledged(batch, result);
            }
            case DUPLICATE -> {
                check(batch.times > 1, "called a duplicate at its first sending", batch, result);
                acknowledged(batch, result);
            }
            case DUPLICATE_FORGOTTEN -> check(forgotten, "forgotten too early", batch, result);
            case OUT_OF_ORDER_SEQUENCE, UNKNOWN_PRODUCER -> {
                check(hasGapBefore(batch), "out of order without a gap", batch, result);
                broken = true;
            }
            case DISK_FULL, BUSY, CLOSED -> {
                world.mayRefuseBatch(result.outcome());
                broken |= !batch.isAcknowledged();
            }
            default -> check(false, "refused", batch, result);
        }
    }

    private void acknowledged(Sent batch, AppendListener.Result result) {
        boolean same = !batch.isAcknowledged() || batch.base == result.baseOffset();
        check(same, "said to be elsewhere than before", batch, result);
        batch.base = result.baseOffset();
    }

    private boolean hasGapBefore(Sent batch) {
        return sent.stream()
                .takeWhile(other -> other != batch)
                .anyMatch(other -> !other.isAcknowledged());
    }

    private static void check(
            boolean right, String what, Sent batch, AppendListener.Result result) {
        if (!right) {
            throw new Violation(
                    "batch "
                            + batch.body
                            + " (base "
                            + batch.base
                            + ", sequence "
                            + batch.sequence
                            + ") is "
                            + what
                            + ": "
                            + result);
        }
    }

    /// The process has died: nothing is known of what was in flight.
    void processDied() {
        inFlight = 0;
        broken = true;
    }
}
