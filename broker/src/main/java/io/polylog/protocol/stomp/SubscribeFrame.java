package io.polylog.protocol.stomp;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.SubscriptionRef;
import io.polylog.protocol.stomp.QueueSubscription.Mode;
import io.polylog.protocol.stomp.QueueSubscription.Traits;

/// What the headers of a SUBSCRIBE or an UNSUBSCRIBE ask for. Pure.
final class SubscribeFrame {
    private static final String BY_DESTINATION = "destination ";

    /// Unsettled at once where a topic is read and nothing is said.
    private static final int CURSOR_CREDIT = 1_000;

    private SubscribeFrame() {}

    /// By what UNSUBSCRIBE names it.
    static String key(StompFrame frame) {
        String id = frame.header("id");
        return id == null ? BY_DESTINATION + frame.required("destination") : id;
    }

    static boolean isDurable(StompFrame frame) {
        return frame.isTrue("durable") || frame.isTrue("persistent");
    }

    /// Whether a subscription to subjects needs no queue.
    static boolean isLive(StompFrame frame) {
        return mode(frame) == Mode.AUTO
                && !isDurable(frame)
                && frame.header("selector") == null
                && frame.header("x-queue-name") == null;
    }

    static Mode mode(StompFrame frame) {
        return switch (frame.header("ack", "auto")) {
            case "auto" -> Mode.AUTO;
            case "client" -> Mode.CLIENT;
            case "client-individual" -> Mode.INDIVIDUAL;
            default ->
                    throw StompException.invalidHeader(
                            "'ack' must be auto, client or client-individual");
        };
    }

    /// How the core is to feed it.
    ///
    /// @param selects whether a selector is the core's to apply: of a queue that was made for it,
    ///   it is the queue's own
    static ConsumeSpec spec(
            StompFrame frame, SubscriptionRef consumed, Traits traits, boolean selects) {
        long prefetch = frame.number("prefetch-count", 0);
        int unlimited = traits.cursor() ? CURSOR_CREDIT : Integer.MAX_VALUE;
        String selector = selects ? frame.header("selector", "") : "";
        return new ConsumeSpec(
                consumed,
                traits.mode() == Mode.AUTO && !traits.cursor(),
                frame.isTrue("exclusive"),
                frame.priority(),
                prefetch == 0 ? unlimited : (int) Math.min(Integer.MAX_VALUE, prefetch),
                start(frame),
                selector.isEmpty() ? Interest.ALL : Interest.in(Filter.sql(selector)),
                null,
                false);
    }

    /// Where a topic is read from, as RabbitMQ's plugin says it.
    private static Start start(StompFrame frame) {
        String text = frame.header("x-stream-offset", "next");
        try {
            return switch (text) {
                case "first" -> Start.Edge.FIRST;
                case "last" -> Start.Edge.LAST;
                case "next" -> Start.Edge.NEXT;
                case String at when at.startsWith("offset=") ->
                        new Start.Offset(offset(at.substring(7)));
                case String at when at.startsWith("timestamp=") ->
                        new Start.Time(Math.multiplyExact(Long.parseLong(at.substring(10)), 1000));
                default -> throw new NumberFormatException(text);
            };
        } catch (NumberFormatException | ArithmeticException nonsense) {
            throw StompException.invalidHeader(
                    "'x-stream-offset' must be first, last, next, offset=N or timestamp=SECONDS");
        }
    }

    private static long offset(String text) {
        long offset = Long.parseLong(text);
        if (offset < 0) {
            throw new NumberFormatException(text);
        }
        return offset;
    }
}
