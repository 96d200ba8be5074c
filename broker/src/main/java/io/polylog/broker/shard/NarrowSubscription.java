package io.polylog.broker.shard;

import io.polylog.broker.Interest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A named subscription that was not made for everything, has rules or a note of its own, or has an
/// id that another had before: the others need no place for that.
final class NarrowSubscription extends Subscription {
    private Interest interest;
    private final long round;

    /// Volatile: which subjects it wants, of a stream that has an index.
    private @Nullable SubjectMatch fitting;

    NarrowSubscription(long id, long round, String name, long floor, Interest interest) {
        super(id, name, floor);
        this.round = round;
        this.interest = interest;
    }

    @Override
    Interest named() {
        return interest;
    }

    /// From now on it is for something else; the caller has touched it.
    void alter(Interest other, Stream stream) {
        forgetFit(stream);
        interest = other;
    }

    @Override
    boolean fits(Stream stream, long offset) {
        List<String> subjects = interest.filter().subjects();
        SubjectIndex index = stream.index();
        int number = subjects.isEmpty() || index == null ? 0 : index.numbers().at(offset);
        if (number == 0 || index == null) {
            return true;
        }
        SubjectMatch match = fitting;
        if (match == null) {
            match = new SubjectMatch(subjects);
            fitting = match;
            index.watch(match, true);
        }
        return match.fits(index, number);
    }

    @Override
    void forgetFit(Stream stream) {
        SubjectIndex index = stream.index();
        if (fitting != null && index != null) {
            index.watch(fitting, false);
        }
        fitting = null;
    }

    @Override
    long round() {
        return round;
    }
}
