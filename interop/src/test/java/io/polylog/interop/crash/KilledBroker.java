package io.polylog.interop.crash;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;

/// A broker that a test kills, and connections of RabbitMQ's client that end with it.
final class KilledBroker {
    private KilledBroker() {}

    /// Starts one in an empty folder.
    static BrokerProcess start(Path folder, int shards) throws Exception {
        return BrokerProcess.start(
                folder.resolve("data"),
                folder.resolve("broker.log"),
                "--set",
                "log.shards=" + shards);
    }

    static Connection connect(BrokerProcess broker) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port("amqp"));
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }
}
