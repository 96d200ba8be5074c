package io.polylog.broker.shard;

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
}
