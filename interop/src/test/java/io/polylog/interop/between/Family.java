package io.polylog.interop.between;

import io.polylog.interop.RunningBroker;
import java.io.IOException;

/// The real client of one protocol that publishes on a subject, and another that gets what is
/// published on it. Subjects have dots; each protocol says them in its own way.
interface Family extends AutoCloseable {
    /// Gets everything that is published on the subject from now on.
    void listen(String subject) throws Exception;

    /// Publishes; returns when it is accepted.
    void publish(String subject, Letter letter) throws Exception;

    /// The next message; fails when none comes.
    Letter next() throws Exception;

    @Override
    void close() throws IOException;

    /// The protocols.
    enum Kind {
        KAFKA {
            @Override
            Family on(RunningBroker broker) {
                return new KafkaFamily(broker);
            }
        },
        AMQP {
            @Override
            Family on(RunningBroker broker) throws Exception {
                return new AmqpFamily(broker);
            }
        },
        MQTT {
            @Override
            Family on(RunningBroker broker) {
                return new MqttFamily(broker);
            }
        },
        STOMP {
            @Override
            Family on(RunningBroker broker) throws Exception {
                return new StompFamily(broker);
            }
        },
        NATS {
            @Override
            Family on(RunningBroker broker) throws Exception {
                return new NatsFamily(broker);
            }
        },
        HTTP {
            @Override
            Family on(RunningBroker broker) {
                return new HttpFamily(broker);
            }
        };

        /// Connects.
        abstract Family on(RunningBroker broker) throws Exception;
    }
}
