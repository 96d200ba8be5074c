package io.polylog.interop.http;

import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// A broker for the tests of one class, with a client over HTTP and RabbitMQ's. One class at a time
/// in a process.
abstract class HttpScene {
    @TempDir static Path folder;
    static RunningBroker broker;
    static Web web;
    static Rabbit rabbit;

    @BeforeAll
    static void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
        web = new Web(broker);
        rabbit = Rabbit.on(Rabbit.factory(broker));
    }

    @AfterAll
    static void stop() throws Exception {
        rabbit.close();
        web.close();
        broker.close();
    }

    /// A message that is there, settled; fails where there is none.
    static GetResponse take(String queue) throws Exception {
        return Objects.requireNonNull(rabbit.channel.basicGet(queue, true), queue + " is empty");
    }

    /// What the broker counts of a queue.
    static int count(String queue, String what) throws Exception {
        return web.ask("GET", "/queues/" + queue).with(200).get(what).asInt();
    }
}
