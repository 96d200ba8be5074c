package io.polylog.broker.proof;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.broker.core.Surroundings.Opener;
import io.polylog.broker.filter.OpenMessage;
import io.polylog.message.Header;
import io.polylog.message.Message;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Opens messages of the tests: `body?name=value&name=value` has headers, whole numbers among them;
/// the body is the subject. A batch has one message between each two commas. What the core made of
/// them is opened as it is.
final class TextOpener implements Opener {
    @Override
    public Metadata open(Content content) {
        return openAll(content).getFirst();
    }

    @Override
    public List<Metadata> openAll(Content content) {
        if (content.encoding() == NeutralMessages.ENCODING) {
            return new NeutralMessages()
                    .open(content.bytes()).stream().<Metadata>map(OpenMessage::new).toList();
        }
        String text = UTF_8.decode(content.bytes().duplicate()).toString();
        return content.encoding() == Peer.BATCH
                ? Arrays.stream(text.substring(Appends.ROOM.length()).split(","))
                        .<Metadata>map(TextOpener::message)
                        .toList()
                : List.of(message(text));
    }

    @Override
    public List<Message> messages(Content content) {
        return openAll(content).stream()
                .map(each ->
                        new Message(
                                each.subject(),
                                each.key(),
                                each.properties(),
                                each.headers().entrySet().stream()
                                        .map(header ->
                                                new Header(header.getKey(), header.getValue()))
                                        .toList(),
                                each.body()))
                .toList();
    }

    private static Metadata message(String text) {
        int query = text.indexOf('?');
        String subject = query < 0 ? text : text.substring(0, query);
        Map<String, @Nullable Object> headers = new HashMap<>();
        if (query >= 0) {
            for (String pair : text.substring(query + 1).split("&")) {
                int equals = pair.indexOf('=');
                String value = pair.substring(equals + 1);
                boolean number = value.matches("\\d+");
                headers.put(pair.substring(0, equals), number ? Long.parseLong(value) : value);
            }
        }
        return new Metadata() {
            @Override
            public Map<String, @Nullable Object> headers() {
                return headers;
            }

            @Override
            public String subject() {
                return subject;
            }

            @Override
            public ByteBuffer body() {
                return UTF_8.encode(subject);
            }
        };
    }
}
