package io.polylog.broker.filter;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.activemq.artemis.selector.strict.StrictParserConstants;
import org.apache.activemq.artemis.selector.strict.Token;
import org.jspecify.annotations.Nullable;

/// A condition in which each LIKE is a field that is true or false: the library would evaluate it
/// with a regular expression, in a time without bounds.
///
/// @param text of the condition
/// @param likes what the fields stand for, by number
record LikeFields(String text, List<Like> likes) {
    /// Begins the name of a field that stands for a LIKE; no name of a condition has it.
    static final char MARK = '\u0001';

    /// What binds closer than LIKE, or as close: then its operand is more than a name.
    private static final Set<String> CLOSER =
            Set.of("+", "-", "*", "/", "<", ">", "<=", ">=", "BETWEEN");

    /// Of a condition that is well formed.
    static LikeFields of(SqlWords words) {
        List<Token> tokens = words.tokens();
        List<Like> likes = new ArrayList<>();
        List<String> images = new ArrayList<>();
        int place = 0;
        while (place < tokens.size()) {
            Token token = tokens.get(place);
            if (token.kind != StrictParserConstants.LIKE) {
                images.add(token.image);
                place++;
                continue;
            }
            boolean not = images.getLast().equalsIgnoreCase("NOT");
            if (not) {
                images.removeLast();
            }
            Token operand = operand(words, place - (not ? 2 : 1));
            images.removeLast();
            boolean escaped = isEscaped(tokens, place);
            likes.add(
                    new Like(
                            unquoted(operand, '"'),
                            unquoted(tokens.get(place + 1), '\''),
                            escaped ? escape(tokens.get(place + 3)) : null));
            images.add((not ? "NOT \"" : "\"") + MARK + (likes.size() - 1) + "\"");
            place += escaped ? 4 : 2;
        }
        return new LikeFields(String.join(" ", images), likes);
    }

    /// As JMS has it: a name.
    private static Token operand(SqlWords words, int place) {
        Token name = words.tokens().get(place);
        boolean named =
                name.kind == StrictParserConstants.ID
                        || name.kind == StrictParserConstants.QUOTED_ID;
        Token before = place == 0 ? null : words.tokens().get(place - 1);
        if (!named || (before != null && CLOSER.contains(SqlWords.upper(before)))) {
            throw words.refusalAt(name, "expected a name, alone, before LIKE");
        }
        return name;
    }

    private static boolean isEscaped(List<Token> tokens, int like) {
        return like + 3 < tokens.size()
                && tokens.get(like + 2).kind == StrictParserConstants.ESCAPE;
    }

    private static @Nullable Character escape(Token literal) {
        String text = unquoted(literal, '\'');
        return text.isEmpty() ? null : text.charAt(0);
    }

    private static String unquoted(Token token, char quote) {
        String image = token.image;
        if (image.charAt(0) != quote) {
            return image;
        }
        String one = String.valueOf(quote);
        return image.substring(1, image.length() - 1).replace(one + one, one);
    }
}
