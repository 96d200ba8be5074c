package io.polylog.protocol.amqp091;

import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException;
import io.polylog.broker.Definitions;
import io.polylog.broker.ExchangeSpec;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The exchange class of methods on one channel. On the connection's loop.
final class ExchangeMethods {
    private static final String ALTERNATE = "alternate-exchange";

    private final AmqpChannel channel;

    ExchangeMethods(AmqpChannel channel) {
        this.channel = channel;
    }

    /// The exchanges that every virtual host has from the start.
    static List<ExchangeSpec> predeclared(String virtualHost) {
        return List.of(
                predeclared(virtualHost, "amq.direct", ExchangeSpec.Kind.DIRECT),
                predeclared(virtualHost, "amq.fanout", ExchangeSpec.Kind.FANOUT),
                predeclared(virtualHost, "amq.topic", ExchangeSpec.Kind.TOPIC),
                predeclared(virtualHost, "amq.headers", ExchangeSpec.Kind.HEADERS),
                predeclared(virtualHost, "amq.match", ExchangeSpec.Kind.HEADERS));
    }

    private static ExchangeSpec predeclared(
            String virtualHost, String name, ExchangeSpec.Kind kind) {
        return ExchangeSpec.durable(virtualHost, name, kind);
    }

    private @Nullable ExchangeSpec find(String name) {
        return channel.session().definitions().exchange(channel.virtualHost(), name);
    }

    private ExchangeSpec existing(String name) {
        ExchangeSpec found = find(name);
        if (found == null) {
            throw Names.noExchange(name, channel.virtualHost());
        }
        return found;
    }

    // Declare, delete ----------------------------------------------------------------------------

    void exchangeDeclare(ExchangeDeclare method) {
        String name = method.exchange();
        ExchangeSpec existing = find(name);
        if (method.passive()) {
            if (existing == null && !name.isEmpty()) {
                throw Names.noExchange(name, channel.virtualHost());
            }
            channel.reply(method.nowait(), new ExchangeDeclareOk());
            return;
        }
        if (name.isEmpty()) {
            throw Names.defaultExchange();
        }
        if (existing == null && name.startsWith(Names.RESERVED)) {
            throw Names.reserved("exchange", name);
        }
        ExchangeSpec spec = spec(method);
        if (existing != null) {
            checkEquivalent(existing, spec);
        }
        channel.await(
                method,
                () -> channel.session().declareExchange(spec),
                done -> channel.reply(method.nowait(), new ExchangeDeclareOk()),
                refusal -> conflict(refusal, spec));
    }

    private ExchangeSpec spec(ExchangeDeclare method) {
        String named = Names.exchange(method.exchange(), channel.virtualHost());
        ExchangeSpec.Kind kind = ExchangeTypes.kind(method.type(), method.arguments(), named);
        return new ExchangeSpec(
                channel.virtualHost(),
                method.exchange(),
                kind,
                method.flags().durable(),
                method.flags().autoDelete(),
                method.flags().internal(),
                alternate(method),
                ExchangeTypes.hashOn(kind, method.arguments(), named),
                ExchangeTypes.kept(method.type()));
    }

    private @Nullable String alternate(ExchangeDeclare method) {
        return switch (method.arguments().get(ALTERNATE)) {
            case null -> null;
            case String name -> name;
            default ->
                    throw AmqpException.of(
                            ReplyCode.PRECONDITION_FAILED,
                            "invalid arg 'alternate-exchange' for "
                                    + Names.exchange(method.exchange(), channel.virtualHost()));
        };
    }

    private AmqpException conflict(BrokerException refusal, ExchangeSpec wanted) {
        ExchangeSpec existing = find(wanted.name());
        if (refusal.kind() == BrokerException.Kind.CONFLICT && existing != null) {
            try {
                checkEquivalent(existing, wanted);
            } catch (AmqpException difference) {
                return difference;
            }
        }
        return AmqpMapping.error(refusal);
    }

    private void checkEquivalent(ExchangeSpec existing, ExchangeSpec wanted) {
        check("type", wanted, ExchangeTypes.of(wanted), ExchangeTypes.of(existing));
        check("x-delayed-type", wanted, ExchangeTypes.inner(wanted), ExchangeTypes.inner(existing));
        check("durable", wanted, wanted.durable(), existing.durable());
        check("auto_delete", wanted, wanted.autoDelete(), existing.autoDelete());
        check("internal", wanted, wanted.closed(), existing.closed());
        check(ALTERNATE, wanted, wanted.alternate(), existing.alternate());
        check(
                "hash-on",
                wanted,
                ExchangeTypes.described(wanted.hashOn()),
                ExchangeTypes.described(existing.hashOn()));
    }

    private void check(
            String argument,
            ExchangeSpec exchange,
            @Nullable Object received,
            @Nullable Object current) {
        if (!java.util.Objects.equals(received, current)) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED,
                    "inequivalent arg '%s' for %s: received %s but current is %s"
                            .formatted(
                                    argument,
                                    Names.exchange(exchange.name(), channel.virtualHost()),
                                    quoted(received),
                                    quoted(current)));
        }
    }

    private static String quoted(@Nullable Object value) {
        return value == null ? "none" : "'" + value + "'";
    }

    /// An exchange that is not there is deleted: that is no error.
    void exchangeDelete(ExchangeDelete method) {
        String name = method.exchange();
        if (name.isEmpty()) {
            throw Names.defaultExchange();
        }
        if (name.startsWith(Names.RESERVED)) {
            throw AmqpException.of(
                    ReplyCode.ACCESS_REFUSED,
                    "deletion of system "
                            + Names.exchange(name, channel.virtualHost())
                            + " not allowed");
        }
        if (find(name) == null) {
            channel.reply(method.nowait(), new ExchangeDeleteOk());
            return;
        }
        channel.await(
                method,
                () ->
                        channel.session()
                                .deleteExchange(channel.virtualHost(), name, method.ifUnused()),
                done -> channel.reply(method.nowait(), new ExchangeDeleteOk()),
                refusal ->
                        refusal.kind() == BrokerException.Kind.IN_USE
                                ? AmqpException.of(
                                        ReplyCode.PRECONDITION_FAILED,
                                        Names.exchange(name, channel.virtualHost()) + " in use")
                                : AmqpMapping.error(refusal));
    }

    // Bindings between exchanges -----------------------------------------------------------------

    void exchangeBind(ExchangeBind method) {
        Binding binding = binding(method.link());
        ExchangeTypes.checkBinding(existing(binding.exchange()), binding);
        existing(binding.destination());
        channel.await(
                method,
                () -> channel.session().bind(binding),
                done -> channel.reply(method.nowait(), new ExchangeBindOk()));
    }

    /// Of what is not there nothing is left to unbind: that is no error.
    void exchangeUnbind(ExchangeUnbind method) {
        Binding binding = binding(method.link());
        Definitions definitions = channel.session().definitions();
        if (definitions.exchange(channel.virtualHost(), binding.exchange()) == null
                || definitions.exchange(channel.virtualHost(), binding.destination()) == null) {
            channel.reply(method.nowait(), new ExchangeUnbindOk());
            return;
        }
        channel.await(
                method,
                () -> channel.session().unbind(binding),
                done -> channel.reply(method.nowait(), new ExchangeUnbindOk()));
    }

    private Binding binding(Link link) {
        if (link.source().isEmpty() || link.destination().isEmpty()) {
            throw Names.defaultExchange();
        }
        return new Binding(
                channel.virtualHost(),
                link.source(),
                true,
                link.destination(),
                link.routingKey(),
                FilterArguments.others(link.arguments()),
                FilterArguments.ofBinding(link.arguments()));
    }
}
