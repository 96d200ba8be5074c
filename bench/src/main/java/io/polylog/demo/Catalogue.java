package io.polylog.demo;

import io.polylog.demo.OrderPlaced.Address;
import io.polylog.demo.OrderPlaced.Item;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

/// Makes up orders: the same number gives the same order but for its event id and time.
final class Catalogue {
    private static final String[] STREETS = {"Harbour Lane", "Mill Road", "Station Street"};
    private static final String[] CITIES = {"Bremen", "Leeds", "Porto", "Gdansk", "Lyon"};
    private static final int CUSTOMERS = 5_000;
    private static final int PRODUCTS = 800;

    private Catalogue() {}

    static OrderPlaced order(int number) {
        SplittableRandom random = new SplittableRandom(number);
        List<Item> items = new ArrayList<>();
        long cents = 0;
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            int quantity = random.nextInt(1, 4);
            int price = random.nextInt(199, 9_999);
            cents += (long) quantity * price;
            items.add(new Item("product-" + random.nextInt(PRODUCTS), quantity, price / 100.0));
        }
        int customer = random.nextInt(CUSTOMERS);
        return new OrderPlaced(
                UUID.randomUUID(),
                Instant.now().toString(),
                OrderPlaced.orderId(number),
                "customer-" + customer,
                items,
                cents / 100.0,
                address(customer, random));
    }

    private static Address address(int customer, SplittableRandom random) {
        return new Address(
                "Customer " + customer,
                random.nextInt(1, 200) + " " + STREETS[random.nextInt(STREETS.length)],
                Integer.toString(random.nextInt(10_000, 99_999)),
                CITIES[random.nextInt(CITIES.length)]);
    }
}
