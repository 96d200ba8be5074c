package io.polylog.broker.filter;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.routing.HeaderMatch;
import io.polylog.broker.routing.SubjectPattern;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A filter that is ready to be asked. Immutable; any thread.
public final class MessageFilter {
    private static final int MOST_HEADERS = 100;
    private static final int MOST_SUBJECT_CHARS = 1_024;
    private static final int MOST_SUBJECTS = 256;

    private final @Nullable SqlCondition sql;
    private final @Nullable CelCondition cel;
    private final @Nullable HeaderMatch headers;
    private final @Nullable SubjectPattern subject;

    private MessageFilter(Filter filter) {
        String text = filter.sql();
        cel = CelCondition.isOne(text) ? CelCondition.of(text) : null;
        sql = text.isEmpty() || cel != null ? null : SqlCondition.of(text);
        headers = filter.headers().isEmpty() ? null : match(filter.headers());
        subject = filter.subjects().isEmpty() ? null : pattern(filter.subjects());
    }

    /// Checks and compiles a filter.
    ///
    /// @throws BrokerException INVALID where it makes no sense, saying where in its text and what
    ///   could stand there
    public static MessageFilter of(Filter filter) {
        return new MessageFilter(filter);
    }

    private static HeaderMatch match(Map<String, @Nullable Object> wanted) {
        HeaderMatch match = new HeaderMatch(wanted);
        if (!HeaderMatch.MODES.contains(match.mode())) {
            throw refused(
                    "x-match of a filter by headers is '%s', not all, any, all-with-x or any-with-x"
                            .formatted(match.mode()));
        }
        if (wanted.size() > MOST_HEADERS) {
            throw refused("a filter by headers may name %d of them".formatted(MOST_HEADERS));
        }
        return match;
    }

    private static SubjectPattern pattern(List<String> patterns) {
        if (patterns.size() > MOST_SUBJECTS) {
            throw refused("a filter may name %d subjects".formatted(MOST_SUBJECTS));
        }
        for (String pattern : patterns) {
            if (pattern.length() > MOST_SUBJECT_CHARS) {
                throw refused(
                        "a filter by subject may be %d characters long"
                                .formatted(MOST_SUBJECT_CHARS));
            }
            if (pattern.indexOf(Filter.BETWEEN_SUBJECTS) >= 0) {
                throw refused("a filter by subject may have no character 0");
            }
        }
        return new SubjectPattern(patterns);
    }

    private static BrokerException refused(String why) {
        return new BrokerException(Kind.INVALID, why);
    }

    /// What becomes of a message. What a condition in SQL cannot be evaluated for is not wanted.
    ///
    /// @param durable whether it is in what survives the process
    public Judgement judge(Metadata message, boolean durable) {
        boolean fits =
                (subject == null || subject.matches(message.subject()))
                        && (headers == null || headers.matches(message.headers()))
                        && (sql == null || sql.holds(new MessageFields(message, durable)));
        if (!fits) {
            return Judgement.UNWANTED;
        }
        return cel == null ? Judgement.WANTED : cel.of(message);
    }

    /// Whether a message is wanted; one that is to be rejected is not.
    ///
    /// @param durable as [#judge] has it
    public boolean wants(Metadata message, boolean durable) {
        return judge(message, durable).verdict() == Verdict.DELIVER;
    }
}
