package io.polylog.protocol.mqtt;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The messages of one socket read, in their order, with what is stored beside each, and what
/// becomes of them. On the connection's loop.
final class IncomingBatch implements PublishListener {
    /// Of what is stored beside the message that follows.
    private static final int BESIDE = -1;

    private final Incoming incoming;
    private final boolean whole;
    private final List<Publication> publications = new ArrayList<>();

    /// Per publication the packet id of its message, shifted by two, and its QoS; or [#BESIDE].
    private int[] marks = new int[16];

    private int bytes;

    /// @param whole whether all of it is stored or nothing: QoS 2 of a session that outlives this
    IncomingBatch(Incoming incoming, boolean whole) {
        this.incoming = incoming;
        this.whole = whole;
    }

    boolean isWhole() {
        return whole;
    }

    /// @param packetId 0 at QoS 0
    void add(Publication publication, int packetId, int qos) {
        add(publication, packetId << 2 | qos);
    }

    /// Adds what belongs to the message that is added next.
    void addBeside(Publication publication) {
        add(publication, BESIDE);
    }

    private void add(Publication publication, int mark) {
        int index = publications.size();
        if (index == marks.length) {
            marks = Arrays.copyOf(marks, 2 * index);
        }
        marks[index] = mark;
        publications.add(publication);
        bytes += publication.content().bytes().remaining();
    }

    int size() {
        return publications.size();
    }

    int bytes() {
        return bytes;
    }

    List<Publication> publications() {
        return publications;
    }

    /// Adds what another holds, behind what is here.
    void addAll(IncomingBatch other) {
        for (int i = 0; i < other.size(); i++) {
            add(other.publications.get(i), other.marks[i]);
        }
    }

    /// Two batches that hold the same in the same order, each about half of the messages with what
    /// is stored beside them; only itself where it holds one message.
    List<IncomingBatch> halves() {
        int messages = 0;
        for (int i = 0; i < size(); i++) {
            messages += marks[i] == BESIDE ? 0 : 1;
        }
        if (messages < 2) {
            return List.of(this);
        }
        IncomingBatch first = new IncomingBatch(incoming, whole);
        IncomingBatch second = new IncomingBatch(incoming, whole);
        int left = messages / 2;
        for (int i = 0; i < size(); i++) {
            (left > 0 ? first : second).add(publications.get(i), marks[i]);
            left -= marks[i] == BESIDE ? 0 : 1;
        }
        return List.of(first, second);
    }

    @Override
    public void decided(Outcomes outcomes) {
        Outcome beside = Outcome.STORED;
        for (int i = 0; i < publications.size(); i++) {
            Outcome outcome = outcomes.at(i);
            if (marks[i] == BESIDE) {
                beside = outcome == Outcome.STORED ? beside : outcome;
                continue;
            }
            if ((marks[i] & 3) > 0) {
                Outcome worst = beside == Outcome.STORED ? outcome : beside;
                incoming.decided(worst, marks[i] >> 2, marks[i] & 3, outcomes.problem(i));
            }
            beside = Outcome.STORED;
        }
        incoming.decided(this);
    }

    /// None of it is stored.
    void refused(Throwable cause) {
        Outcome outcome =
                cause instanceof BrokerException refused
                        ? switch (refused.kind()) {
                            case DENIED -> Outcome.DENIED;
                            case DISK_FULL, FULL -> Outcome.DISK_FULL;
                            case BUSY -> Outcome.BUSY;
                            case INVALID -> Outcome.TOO_LARGE;
                            default -> Outcome.CLOSED;
                        }
                        : Outcome.CLOSED;
        for (int i = 0; i < publications.size(); i++) {
            if (marks[i] > 0) {
                incoming.decided(outcome, marks[i] >> 2, marks[i] & 3, null);
            }
        }
        incoming.decided(this);
    }
}
