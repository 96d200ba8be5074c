package io.polylog.interop.between;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.stomp.RawStomp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// STOMP 1.2: the destination `/topic/SUBJECT`, with receipts; one connection to send, another to
/// receive.
final class StompFamily implements Family {
    private static final Map<String, String> NAMES =
            Map.of(
                    Letter.MESSAGE_ID,
                    "amqp-message-id",
                    Letter.TIMESTAMP,
                    "timestamp_in_ms",
                    Letter.KEY,
                    "x-key");
    private static final List<String> OF_FRAMES =
            List.of(
                    "subscription",
                    "destination",
                    "message-id",
                    "content-length",
                    "persistent",
                    "timestamp",
                    "redelivered",
                    "ack");

    /// Before the name of a queue to reply to.
    private static final String REPLIES = "/reply-queue/";

    private final RawStomp sending;
    private final RawStomp receiving;

    StompFamily(RunningBroker broker) throws Exception {
        sending = RawStomp.on(broker);
        receiving = RawStomp.on(broker);
    }

    @Override
    public void listen(String subject) throws Exception {
        receiving.call("SUBSCRIBE", "", "id:1", "destination:/topic/" + subject);
    }

    @Override
    public void publish(String subject, Letter letter) throws Exception {
        List<String> headers = new ArrayList<>();
        headers.add("destination:/topic/" + subject);
        letter.fields()
                .forEach((name, value) ->
                        headers.add(NAMES.getOrDefault(name, name) + ":" + spelled(name, value)));
        letter.headers()
                .forEach((name, value) -> headers.add(escaped(name) + ":" + escaped(value)));
        sending.call("SEND", letter.body(), headers.toArray(String[]::new));
    }

    private static String spelled(String name, String value) {
        return name.equals(Letter.REPLY_TO) ? REPLIES + value : value;
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace(":", "\\c");
    }

    private static String plain(String text) {
        return text.replace("\\c", ":").replace("\\\\", "\\");
    }

    @Override
    public Letter next() throws Exception {
        RawStomp.Frame frame = receiving.message();
        Map<String, String> headers = new HashMap<>();
        frame.headers().forEach((name, value) -> headers.put(plain(name), plain(value)));
        OF_FRAMES.forEach(headers::remove);
        Map<String, String> named = new TreeMap<>();
        NAMES.forEach((field, name) -> Fields.put(named, field, headers.remove(name)));
        Map<String, String> fields = Fields.takenFrom(headers);
        fields.putAll(named);
        fields.computeIfPresent(Letter.REPLY_TO, (_, queue) -> queue.replace(REPLIES, ""));
        return new Letter(frame.bytes(), fields, headers);
    }

    @Override
    public void close() throws IOException {
        sending.close();
        receiving.close();
    }
}
