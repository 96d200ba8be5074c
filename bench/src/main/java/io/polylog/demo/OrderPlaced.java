package io.polylog.demo;

import java.util.List;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/// The event everybody wants, as JSON on the wire.
///
/// @param timestamp ISO 8601
/// @param totalAmount in euros
public record OrderPlaced(
        UUID eventId,
        String timestamp,
        String orderId,
        String customerId,
        List<Item> items,
        double totalAmount,
        Address shippingAddress) {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String PREFIX = "order-";

    /// What was bought.
    ///
    /// @param price of one, in euros
    public record Item(String productId, int quantity, double price) {}

    /// Where it goes.
    public record Address(String name, String street, String postalCode, String city) {}

    byte[] toJson() {
        return JSON.writeValueAsBytes(this);
    }

    static OrderPlaced fromJson(byte[] json) {
        return JSON.readValue(json, OrderPlaced.class);
    }

    static String orderId(int number) {
        return PREFIX + number;
    }

    /// Which order of the run it is.
    int number() {
        return Integer.parseInt(orderId.substring(PREFIX.length()));
    }
}
