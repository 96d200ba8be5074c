package io.polylog.protocol.amqp091;

import io.polylog.broker.Publication.Copies;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The headers CC and BCC: arrays of further routing keys. As in RabbitMQ, what is no string in
/// them is passed over.
final class CopyHeaders {
    private static final int BLIND = TableScan.bit(TableScan.BCC);
    private static final int ANY = BLIND | TableScan.bit(TableScan.CC);

    private CopyHeaders() {}

    /// Whether there is one that is taken out before the message is stored.
    ///
    /// @param notable as [AmqpProperties#notableHeaders] gives it
    static boolean hasBlind(int notable) {
        return (notable & BLIND) != 0;
    }

    /// What they ask for.
    ///
    /// @param notable as [AmqpProperties#notableHeaders] gives it
    /// @throws AmqpException PRECONDITION_FAILED if one is no array
    static Copies of(AmqpProperties properties, int notable) {
        if ((notable & ANY) == 0) {
            return Copies.NONE;
        }
        Map<String, @Nullable Object> headers = properties.headers();
        return new Copies(keys(headers, TableScan.CC), keys(headers, TableScan.BCC));
    }

    private static List<String> keys(Map<String, @Nullable Object> headers, String name) {
        if (!headers.containsKey(name)) {
            return List.of();
        }
        Object value = headers.get(name);
        if (!(value instanceof List<?> list)) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED,
                    "invalid message: {unacceptable_type_in_header,\"%s\",%s}"
                            .formatted(name, typeName(value)));
        }
        return list.stream().filter(String.class::isInstance).map(String.class::cast).toList();
    }

    /// As RabbitMQ calls them.
    private static String typeName(@Nullable Object value) {
        return switch (value) {
            case null -> "void";
            case String text -> "longstr";
            case byte[] bytes -> "binary";
            case Map<?, ?> table -> "table";
            case Boolean flag -> "bool";
            case Byte number -> "byte";
            case Short number -> "short";
            case Integer number -> "signedint";
            case Long number -> "long";
            case Float number -> "float";
            case Double number -> "double";
            case BigDecimal number -> "decimal";
            case Instant time -> "timestamp";
            default -> value.getClass().getSimpleName();
        };
    }
}
