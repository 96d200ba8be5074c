/// Tests of the whole broker with RabbitMQ's clients: the Java one, pika and amqplib.
@NullMarked
package io.polylog.interop.amqp;

import org.jspecify.annotations.NullMarked;
