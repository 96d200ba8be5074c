package io.polylog.broker.filter;

import io.polylog.broker.BrokerException;
import java.util.List;
import org.apache.activemq.artemis.selector.filter.BooleanExpression;
import org.apache.activemq.artemis.selector.filter.FilterException;
import org.apache.activemq.artemis.selector.strict.ParseException;
import org.apache.activemq.artemis.selector.strict.StrictParser;

/// A condition in SQL, as JMS has it for message selectors. Immutable; any thread.
final class SqlCondition {
    private final BooleanExpression expression;

    /// Its LIKEs, each of which the expression knows as a field of the message.
    private final List<Like> likes;

    private SqlCondition(BooleanExpression expression, List<Like> likes) {
        this.expression = expression;
        this.likes = likes;
    }

    /// Compiles a text.
    ///
    /// @throws BrokerException INVALID where it is no condition
    static SqlCondition of(String text) {
        SqlWords words = SqlWords.of(text);
        parse(words, words.parser());
        LikeFields likes = LikeFields.of(words);
        return new SqlCondition(parse(words, SqlWords.parser(likes.text())), likes.likes());
    }

    private static BooleanExpression parse(SqlWords words, StrictParser parser) {
        try {
            return parser.JmsSelector();
        } catch (ParseException wrong) {
            throw new SqlExpected(words).refusal(parser, wrong);
        } catch (RuntimeException wrong) {
            throw words.refusalAt(parser.token, "it cannot be used so");
        }
    }

    /// Whether it holds; what cannot be evaluated (unknown, as SQL says, or of the wrong type) does
    /// not.
    boolean holds(MessageFields message) {
        try {
            return expression.matches(message.with(likes));
        } catch (FilterException | RuntimeException unknown) {
            return false;
        }
    }
}
