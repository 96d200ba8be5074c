package io.polylog.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.slf4j.LoggerFactory;

/// `./polylog demo`: an online shop on one broker that is killed in the middle. Exit code 0 only if
/// every accepted order arrived everywhere it was owed, and nothing else did.
public final class Demo {
    private static final int ORDERS = 100_000;
    private static final int PARTITIONS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Report report = new Report();
    private final Shop shop;
    private final BrokerProcess broker;

    private Demo(BrokerProcess broker, int orders) {
        this.broker = broker;
        this.shop = new Shop(orders);
    }

    /// Runs the demo.
    ///
    /// @param arguments the number of orders, 100000 where nothing is said
    public static void main(String[] arguments) throws Exception {
        // The clients complain loudly while the broker is dead, which is the point of the demo.
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).setLevel(Level.OFF);
        int orders = arguments.length == 0 ? ORDERS : Integer.parseInt(arguments[0]);
        int code;
        try (Scratch scratch = new Scratch("polylog-demo");
                BrokerProcess broker =
                        BrokerProcess.start(
                                scratch.path("data"),
                                scratch.path("broker.log"),
                                "--set",
                                "webhooks.private_hosts=127.0.0.1")) {
            code = new Demo(broker, orders).run();
        }
        System.exit(code);
    }

    private int run() throws Exception {
        report.say(
                "broker %d is ready after %d ms: Kafka on %s, AMQP on %s, metrics on %s"
                        .formatted(
                                broker.pid(),
                                broker.startTime().toMillis(),
                                broker.address("kafka"),
                                broker.address("amqp"),
                                broker.address("http")));
        createTopic();
        Inbox billed = new Inbox(shop);
        Inbox reserved = new Inbox(shop);
        Inbox audited = new Inbox(shop);
        Inbox shown = new Inbox(shop);
        Inbox counted = new Inbox(shop);
        Inbox passedOn = new Inbox(shop, Partner::owes);
        Checkout checkout = new Checkout(broker.address("kafka"), shop);
        Inventory inventory = new Inventory(broker.address("kafka"), reserved);
        Billing billing = new Billing(broker.port("amqp"), billed);
        report.say("billing: 4 workers, RabbitMQ's client, on the subscription orders::billing");

        report.say("inventory: 2 members of a group, Kafka's client, on the topic orders");
        Warehouse warehouse = new Warehouse(broker.address("mqtt_ws"), shown);
        report.say("warehouse: a screen, Paho's MQTT client over WebSocket, on the subject orders");
        Stock stock = new Stock(broker.address("nats"), PARTITIONS, counted);
        report.say("stock: a service, NATS' client, counts in a key-value bucket what is sold");

        Partner partner = new Partner(broker.address("http"), passedOn);
        report.say("partner: a web server, gets large orders of one city, signed; fails at first");

        sell(checkout);
        awaitAll("billing", billed);
        awaitAll("inventory", reserved);
        awaitAll("warehouse", shown);
        awaitAll("stock", counted);
        awaitAll("partner", passedOn);
        partner.close();
        report.say(
                "partner has its orders: it failed %,d times before".formatted(partner.failed()));
        report.require(partner.failed() > 0, "the partner did not fail");
        report.require(partner.unsigned() == 0, "posts to the partner were not signed");
        warehouse.close();
        stock.leave();
        askForStock();
        inventory.leave();
        billing.leave();
        report.say(
                "billing is done: %,d tries failed and went back, %d worker broke down"
                        .formatted(billing.failed(), billing.brokeDown()));
        report.require(billing.isSettled(), "billing's subscription is not empty");
        Audit audit = new Audit(audited);
        audit.replay(broker.address("kafka"));
        report.say("audit has read the stream again from its start");

        report.require(audit.outOfOrder() == 0, "audit saw orders out of order");
        report.require(audit.repeated() == 0, "audit saw an order twice");
        return conclude(checkout, List.of(billed, reserved, audited, shown, counted, passedOn));
    }

    /// Another stock service, which knows only what the first one left in its bucket, is asked.
    private void askForStock() throws Exception {
        Storefront storefront = new Storefront();
        Stock stock = new Stock(broker.address("nats"), PARTITIONS, new Inbox(shop));
        storefront.ask(broker.port("amqp"), shop);
        stock.leave();
        report.say(
                ("storefront: RabbitMQ's client asked for %d products,"
                                + " another stock service answered")
                        .formatted(storefront.asked()));
        report.require(
                storefront.wrong() == 0, "stock is wrong of " + storefront.wrong() + " products");
    }

    private void createTopic() throws InterruptedException, ExecutionException {
        Map<String, Object> settings =
                Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.address("kafka"));
        try (Admin admin = Admin.create(settings)) {
            NewTopic topic = new NewTopic(Shop.TOPIC, PARTITIONS, (short) 1);
            admin.createTopics(List.of(topic)).all().get();
        }
    }

    /// Checkout runs; the broker is killed when a good part of the orders was accepted.
    private void sell(Checkout checkout) throws IOException, InterruptedException {
        report.say(
                "checkout: publishing %,d orders once, with Kafka's client"
                        .formatted(shop.orders()));
        Thread publishing = Thread.ofPlatform().name("checkout").daemon().start(checkout);
        await("checkout's first half", () -> shop.acceptedCount() >= shop.orders() * 2 / 5);
        broker.kill9();
        int accepted = shop.acceptedCount();
        report.say("kill -9 of the broker: %,d orders were accepted so far".formatted(accepted));
        broker.restart();
        report.say(
                "broker %d is ready after %d ms on the same data"
                        .formatted(broker.pid(), broker.startTime().toMillis()));
        await("checkout after the restart", () -> shop.acceptedCount() > accepted);
        report.say("checkout goes on; its client noticed by itself");

        publishing.join();
        report.say("checkout is done: %,d orders accepted".formatted(shop.acceptedCount()));
    }

    private int conclude(Checkout checkout, List<Inbox> inboxes) throws InterruptedException {
        report.require(checkout.refused() == 0, checkout.refused() + " orders were refused");
        report.head();
        report.row("billing", "AMQP 0-9-1, shared", inboxes.get(0));
        report.row("inventory", "Kafka, consumer group", inboxes.get(1));
        report.row("audit", "Kafka, from offset 0", inboxes.get(2));
        report.row("warehouse", "MQTT over WebSocket", inboxes.get(3));
        report.row("stock", "NATS, counts in KV", inboxes.get(4));
        report.row("partner", "webhook, filtered", inboxes.get(5));
        report.cost(broker, shop);
        int code = broker.terminate();
        report.require(code == 0, "the broker ended with exit code " + code + " after SIGTERM");
        return report.verdict();
    }

    private void awaitAll(String who, Inbox inbox) {
        try {
            await(who, () -> inbox.lost() == 0);
        } catch (IllegalStateException stuck) {
            report.require(false, stuck.toString());
        }
    }

    /// Looks every few milliseconds; gives up when nothing was accepted or arrived for a minute.
    private void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(what + " did not get there in " + PATIENCE);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
