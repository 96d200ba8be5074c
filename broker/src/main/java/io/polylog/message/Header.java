package io.polylog.message;

import org.jspecify.annotations.Nullable;

/// One user header of a [Message]. Names may repeat and keep their order.
///
/// @param name the header's name
/// @param value null, or one of Boolean, Byte, Short, Integer, Long, Float, Double, BigDecimal,
///   String, byte[], java.time.Instant, `List<@Nullable Object>` of these, or
///   `Map<String, @Nullable Object>` of these
public record Header(String name, @Nullable Object value) {}
