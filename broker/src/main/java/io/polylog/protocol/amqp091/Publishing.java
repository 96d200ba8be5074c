package io.polylog.protocol.amqp091;

import io.polylog.broker.Definitions;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.message.Message;
import io.polylog.protocol.amqp091.AmqpFrame.BasicPublish;
import io.polylog.protocol.amqp091.AmqpProperties.Property;
import io.polylog.protocol.amqp091.ContentAssembly.Assembled;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// basic.publish and confirms of one channel. On the connection's loop.
final class Publishing {
    private final AmqpChannel channel;
    private @Nullable ConfirmWindow confirms;

    /// Publishes handed to the core that it has not decided.
    private int undecided;

    // The exchange seen last, and the definitions it was looked up in: most channels publish to
    // one.
    private @Nullable ShortString exchangeSeen;
    private long versionSeen = -1;
    private boolean delaysSeen;

    Publishing(AmqpChannel channel) {
        this.channel = channel;
    }

    void confirmSelect() {
        if (channel.transaction().isSelected()) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED, "cannot switch from tx to confirm mode");
        }
        if (confirms == null) {
            confirms = new ConfirmWindow();
        }
    }

    boolean confirms() {
        return confirms != null;
    }

    int undecided() {
        return undecided;
    }

    void basicPublish(Assembled received) {
        BasicPublish method = received.method();
        if (method.immediate()) {
            throw AmqpException.of(ReplyCode.NOT_IMPLEMENTED, "immediate=true");
        }
        checkExchange(method.exchange());
        AmqpProperties properties = channel.connection().properties();
        properties.scan(received.stored(), received.propertiesAt(), received.bodyAt());
        checkUser(properties.text(Property.USER_ID));
        int notable = properties.notableHeaders();
        Copies copies = CopyHeaders.of(properties, notable);
        Envelope envelope =
                DelayHeaders.delayed(
                        envelope(properties, notable),
                        properties,
                        notable,
                        delaysSeen,
                        channel.connection().seams().wallMs());
        Expectation expected = ExpectationHeaders.of(properties, notable);
        ByteBuffer stored = rewritten(received, properties);
        if (CopyHeaders.hasBlind(notable)) {
            stored = withoutBlind(stored);
        }
        Publication publication =
                new Publication(
                        address(method, copies, stored),
                        new Content(AmqpMapping.ENCODING, envelope, stored),
                        expected);
        if (channel.transaction().isSelected()) {
            if (expected != null) {
                throw ExpectationHeaders.inTransaction();
            }
            channel.transaction().publish(publication, method.mandatory());
            return;
        }
        long number = confirms == null ? 0 : confirms.take();
        undecided++;
        channel.handover().publish(channel, publication, number, method.mandatory());
    }

    /// The message as it is stored: with the reply queue's own name where it asks for replies to
    /// the pseudo-queue.
    private ByteBuffer rewritten(Assembled message, AmqpProperties properties) {
        ByteBuffer stored = ByteBuffer.wrap(message.stored());
        if (!properties.is(Property.REPLY_TO, DirectReply.NAME_BYTES)) {
            return stored;
        }
        String replyQueue = channel.consumers().replyQueue();
        if (replyQueue == null) {
            throw DirectReply.noConsumer();
        }
        Map<Property, Object> values = properties.values();
        values.put(Property.REPLY_TO, replyQueue);
        AmqpContent content = channel.connection().content().wrap(stored);
        return content.withProperties(AmqpProperties.list(values));
    }

    private ByteBuffer withoutBlind(ByteBuffer stored) {
        AmqpContent content = channel.connection().content().wrap(stored);
        AmqpProperties properties = channel.connection().properties();
        byte[] list = content.properties();
        properties.scan(list, 0, list.length);
        return content.withProperties(properties.withoutHeader(TableScan.BCC));
    }

    private void checkExchange(ShortString name) {
        if (name.isEmpty()) {
            exchangeSeen = null;
            delaysSeen = false;
            return;
        }
        Definitions definitions = channel.session().definitions();
        if (name.equals(exchangeSeen) && definitions.version() == versionSeen) {
            return;
        }
        ExchangeSpec exchange = definitions.exchange(channel.virtualHost(), name.text());
        if (exchange == null) {
            throw Names.noExchange(name.text(), channel.virtualHost());
        }
        if (exchange.closed()) {
            throw AmqpException.of(
                    ReplyCode.ACCESS_REFUSED,
                    "cannot publish to internal "
                            + Names.exchange(name.text(), channel.virtualHost()));
        }
        exchangeSeen = name;
        delaysSeen = ExchangeTypes.delays(exchange);
        versionSeen = definitions.version();
    }

    private void checkUser(@Nullable String userId) {
        String user = channel.connection().terms().user();
        if (userId != null && !userId.equals(user)) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED,
                    "user_id property set to '"
                            + userId
                            + "' but authenticated user was '"
                            + user
                            + "'");
        }
    }

    private static Envelope envelope(AmqpProperties properties, int notable) {
        String expiration = properties.text(Property.EXPIRATION);
        long timeToLiveMs = AmqpMapping.timeToLiveMs(expiration);
        if (timeToLiveMs < -1) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED, "invalid expiration '" + expiration + "'");
        }
        long seconds = properties.timestampSeconds();
        int priority = properties.octet(Property.PRIORITY);
        boolean inHeaders =
                (notable & (TableScan.bit(TableScan.KEY) | TableScan.bit(TableScan.TIMESTAMP_MS)))
                        != 0;
        if (!inHeaders && seconds == 0 && timeToLiveMs < 0 && priority < 0) {
            return Envelope.PLAIN;
        }
        Map<String, @Nullable Object> headers = inHeaders ? properties.headers() : Map.of();
        return new Envelope(
                AmqpMapping.timestampMs(seconds, headers.get(TableScan.TIMESTAMP_MS)),
                timeToLiveMs,
                priority,
                AmqpMapping.key(headers.get(TableScan.KEY)));
    }

    private Address address(BasicPublish method, Copies copies, ByteBuffer stored) {
        return new Address.Via(
                channel.virtualHost(),
                method.exchange().text(),
                method.routingKey().text(),
                copies,
                new StoredMetadata(stored));
    }

    /// Opens a message's headers and properties when an exchange asks for them.
    private record StoredMetadata(ByteBuffer stored) implements Metadata {
        @Override
        public Map<String, @Nullable Object> headers() {
            return opened().headers();
        }

        @Override
        public Message.Properties properties() {
            AmqpProperties opened = opened();
            return AmqpMapping.known(opened, opened.headers());
        }

        @Override
        public @Nullable String messageId() {
            return opened().text(Property.MESSAGE_ID);
        }

        private AmqpProperties opened() {
            byte[] list = new AmqpContent().wrap(stored).properties();
            AmqpProperties properties = new AmqpProperties();
            properties.scan(list, 0, list.length);
            return properties;
        }
    }

    /// The core decided one publish of this channel.
    ///
    /// @param problem why the body does not fit, where that is it
    void decided(
            Outcome outcome,
            long number,
            Publication publication,
            boolean mandatory,
            @Nullable String problem) {
        undecided--;
        if (channel.isOpen()) {
            switch (outcome) {
                case STORED -> answer(number, true);
                case UNROUTABLE, NOT_FOUND -> {
                    unrouted(publication, mandatory);
                    answer(number, true);
                }
                case REJECTED, CONFLICT -> answer(number, false);
                case UNFIT ->
                        channel.fail(
                                ExpectationHeaders.unfit(publication.expectation()),
                                MethodReader.PUBLISH);
                case MALFORMED ->
                        channel.fail(
                                AmqpException.of(
                                        ReplyCode.PRECONDITION_FAILED,
                                        "the body does not fit: " + problem),
                                MethodReader.PUBLISH);
                case DISK_FULL, BUSY -> refused(outcome, number);
                case DENIED ->
                        channel.fail(
                                AmqpException.of(ReplyCode.ACCESS_REFUSED, "publish not permitted"),
                                MethodReader.PUBLISH);
                case TOO_LARGE ->
                        channel.fail(
                                AmqpException.of(
                                        ReplyCode.PRECONDITION_FAILED,
                                        "message is larger than the broker's limit"),
                                MethodReader.PUBLISH);
                case CLOSED -> channel.connection().brokerClosed();
            }
        }
        if (undecided == 0) {
            channel.progress();
        }
    }

    /// Nobody takes it: it is dropped, and its sender told where he wants to know.
    void unrouted(Publication publication, boolean mandatory) {
        if (DirectReply.isTo(publication.address())) {
            channel.connection().seams().lostReplies().increment();
        }
        if (mandatory) {
            channel.connection().returned(channel.number(), publication);
        }
    }

    private void answer(long number, boolean accepted) {
        if (number > 0 && confirms != null) {
            confirms.decide(number, accepted);
            channel.connection().confirmed(channel);
        }
    }

    /// A publisher that confirms gets a nack; one that does not would never hear of it, so its
    /// channel ends.
    private void refused(Outcome why, long number) {
        if (why == Outcome.DISK_FULL) {
            channel.connection().diskFull();
        }
        if (number > 0) {
            answer(number, false);
            return;
        }
        String text =
                why == Outcome.DISK_FULL
                        ? "no disk space for new messages"
                        : "too many messages wait to be stored";
        channel.fail(AmqpException.onChannel(ReplyCode.RESOURCE_ERROR, text), MethodReader.PUBLISH);
    }

    /// Writes the confirms that are due.
    void writeConfirms() {
        if (confirms != null && confirms.ready()) {
            confirms.answer(channel.connection().output().buffer(), channel.number());
        }
    }
}
