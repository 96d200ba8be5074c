package io.polylog.broker.shard;

import java.util.ArrayList;
import java.util.List;

/// Asks the indexes of the subjects of a shard's streams. On the shard's thread.
public final class SubjectQuestions {
    private final ShardState state;

    SubjectQuestions(ShardState state) {
        this.state = state;
    }

    /// What came of a step.
    public enum Step {
        /// More is to be looked at.
        ON,
        ANSWERED,
        /// The stream is gone, or has no index.
        MISSING
    }

    /// Goes on with a question.
    public Step step(long streamId, SubjectQuestion<?> question) {
        Stream stream = state.streams.get(streamId);
        SubjectIndex index = stream == null ? null : stream.index();
        if (stream == null || index == null) {
            return Step.MISSING;
        }
        boolean answered = question.step(stream, index);
        if (!(question instanceof SubjectQuestion.Counting)) {
            question.match.forgetAll();
        }
        return answered ? Step.ANSWERED : Step.ON;
    }

    /// How many subjects a stream has.
    public long distinct(long streamId) {
        Stream stream = state.streams.get(streamId);
        SubjectIndex index = stream == null ? null : stream.index();
        return index == null ? 0 : index.distinct();
    }

    /// Who is told of the last message of a subject whose time is over.
    public void hear(long streamId, LastHearer hearer) {
        Stream stream = state.streams.get(streamId);
        if (stream != null) {
            List<LastHearer> all = new ArrayList<>(stream.attributes().lastHearers);
            all.add(hearer);
            stream.attributes().lastHearers = all;
        }
    }

    /// That one wants to be told no more.
    public void unhear(long streamId, LastHearer hearer) {
        Stream stream = state.streams.get(streamId);
        if (stream != null) {
            List<LastHearer> left = new ArrayList<>(stream.attributes().lastHearers);
            left.remove(hearer);
            stream.attributes().lastHearers = left;
        }
    }
}
