package io.polylog.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Shows that the demo would notice what it says did not happen.
class InboxTest {
    private final Shop shop = new Shop(10);
    private final Inbox inbox = new Inbox(shop);
    private final byte[][] orders = new byte[10][];

    @BeforeEach
    void tenOrdersAreAccepted() {
        for (int number = 0; number < orders.length; number++) {
            orders[number] = Catalogue.order(number).toJson();
            shop.sends(number, orders[number]);
            shop.accepted(number);
        }
    }

    @Test
    void an_order_is_read_from_its_json() {
        assertThat(OrderPlaced.fromJson(orders[3]).number()).isEqualTo(3);
        assertThat(OrderPlaced.fromJson(orders[3]).items()).isNotEmpty();
        assertThat(OrderPlaced.fromJson(orders[3]).totalAmount()).isPositive();
    }

    @Test
    void nothing_is_lost_when_all_are_done() {
        for (byte[] order : orders) {
            inbox.done(inbox.receive(order, false));
        }

        assertThat(inbox.lost()).isZero();
        assertThat(inbox.invented()).isZero();
        assertThat(inbox.arrived()).isEqualTo(10);
    }

    @Test
    void an_order_that_did_not_arrive_is_lost() {
        for (int number = 1; number < orders.length; number++) {
            inbox.done(inbox.receive(orders[number], false));
        }

        assertThat(inbox.lost()).isEqualTo(1);
    }

    @Test
    void an_order_that_was_not_accepted_is_not_owed() {
        Shop other = new Shop(1);
        other.sends(0, orders[0]);

        assertThat(new Inbox(other).lost()).isZero();
    }

    @Test
    void changed_bytes_foreign_orders_and_nonsense_are_invented() {
        byte[] changed = orders[2].clone();
        changed[changed.length - 3] ^= 1;
        byte[] foreign = Catalogue.order(2).toJson(); // another event id

        assertThat(inbox.receive(changed, false)).isEqualTo(-1);
        assertThat(inbox.receive(foreign, false)).isEqualTo(-1);
        assertThat(inbox.receive("hello".getBytes(UTF_8), false)).isEqualTo(-1);
        assertThat(inbox.receive(Catalogue.order(11).toJson(), false)).isEqualTo(-1);
        assertThat(inbox.invented()).isEqualTo(4);
    }
}
