package io.polylog.protocol.amqp091;

import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The publishes of one socket read, from all channels of a connection in their order, and what
/// becomes of each. On the connection's loop.
final class PublishBatch implements PublishListener {
    private final Handover handover;
    private final List<Publication> publications = new ArrayList<>();
    private final List<AmqpChannel> channels = new ArrayList<>();

    /// Per publication its number among its channel's confirms (0 where the channel does not
    /// confirm), shifted by one, and in the lowest bit whether it is mandatory.
    private long[] marks = new long[16];

    private int bytes;

    PublishBatch(Handover handover) {
        this.handover = handover;
    }

    void add(AmqpChannel channel, Publication publication, long number, boolean mandatory) {
        int index = publications.size();
        if (index == marks.length) {
            marks = Arrays.copyOf(marks, 2 * index);
        }
        marks[index] = (number << 1) | (mandatory ? 1 : 0);
        publications.add(publication);
        channels.add(channel);
        bytes += publication.content().bytes().remaining();
    }

    List<Publication> publications() {
        return publications;
    }

    int size() {
        return publications.size();
    }

    int bytes() {
        return bytes;
    }

    @Override
    public void decided(Outcomes outcomes) {
        for (int i = 0; i < channels.size(); i++) {
            boolean mandatory = (marks[i] & 1) != 0;
            channels.get(i)
                    .publishing()
                    .decided(
                            outcomes.at(i),
                            marks[i] >> 1,
                            publications.get(i),
                            mandatory,
                            outcomes.problem(i));
        }
        handover.decided(this);
    }
}
