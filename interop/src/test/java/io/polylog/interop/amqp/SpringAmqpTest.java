package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.polylog.interop.RunningBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.amqp.AmqpRejectAndDontRequeueException;
import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageListener;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.QueueBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory.ConfirmType;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitAdmin;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.amqp.rabbit.listener.AbstractMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.DirectMessageListenerContainer;
import org.springframework.amqp.rabbit.listener.SimpleMessageListenerContainer;

/// Spring AMQP as applications use it: administration, template, both listener containers.
class SpringAmqpTest {
    private static final int COUNT = 200;

    @TempDir private Path folder;
    private RunningBroker broker;
    private CachingConnectionFactory connections;
    private RabbitTemplate template;
    private RabbitAdmin admin;

    /// Spring's two ways to listen.
    enum Container {
        SIMPLE,
        DIRECT;

        AbstractMessageListenerContainer on(CachingConnectionFactory connections) {
            return this == SIMPLE
                    ? new SimpleMessageListenerContainer(connections)
                    : new DirectMessageListenerContainer(connections);
        }
    }

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connections = new CachingConnectionFactory("127.0.0.1", broker.port("amqp"));
        connections.setPublisherConfirmType(ConfirmType.CORRELATED);
        template = new RabbitTemplate(connections);
        admin = new RabbitAdmin(connections);
    }

    @AfterEach
    void stop() {
        template.destroy();
        connections.destroy();
        broker.close();
    }

    private AbstractMessageListenerContainer listen(
            Container container, String queue, MessageListener listener) {
        AbstractMessageListenerContainer made = container.on(connections);
        made.setQueueNames(queue);
        made.setPrefetchCount(20);
        made.setMessageListener(listener);
        made.afterPropertiesSet();
        made.start();
        return made;
    }

    private static String text(Message message) {
        return new String(message.getBody(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void a_listener_gets_what_is_confirmed_and_what_it_refuses_is_a_dead_letter(Container container)
            throws Exception {
        Queue dead = QueueBuilder.durable("dead").build();
        Queue orders =
                QueueBuilder.durable("orders")
                        .quorum()
                        .deadLetterExchange("")
                        .deadLetterRoutingKey("dead")
                        .build();
        admin.declareQueue(dead);
        admin.declareQueue(orders);
        List<String> taken = new CopyOnWriteArrayList<>();
        AbstractMessageListenerContainer listening =
                listen(
                        container,
                        "orders",
                        message -> {
                            if (text(message).endsWith("7")) {
                                throw new AmqpRejectAndDontRequeueException("not this one");
                            }
                            taken.add(text(message));
                        });
        for (int i = 0; i < COUNT; i++) {
            CorrelationData sent = new CorrelationData("" + i);
            template.convertAndSend("", "orders", "order " + i, sent);
            assertThat(sent.getFuture().get(20, TimeUnit.SECONDS).isAck()).isTrue();
        }
        await().untilAsserted(() -> {
            assertThat(taken).hasSize(COUNT * 9 / 10);
            assertThat(admin.getQueueInfo("dead").getMessageCount()).isEqualTo(COUNT / 10);
        });
        listening.stop();
        assertThat(taken)
                .containsExactlyElementsOf(
                        IntStream.range(0, COUNT)
                                .filter(i -> i % 10 != 7)
                                .mapToObj(i -> "order " + i)
                                .toList());
        assertThat(admin.getQueueInfo("orders").getMessageCount()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void what_a_listener_fails_on_comes_again(Container container) {
        admin.declareQueue(QueueBuilder.durable("q").build());
        List<Boolean> redelivered = new CopyOnWriteArrayList<>();
        AbstractMessageListenerContainer listening =
                listen(
                        container,
                        "q",
                        message -> {
                            redelivered.add(message.getMessageProperties().isRedelivered());
                            if (redelivered.size() < 3) {
                                throw new IllegalStateException("try again");
                            }
                        });
        template.convertAndSend("", "q", "a");
        await().until(() -> redelivered.size() == 3);
        listening.stop();
        assertThat(redelivered).containsExactly(false, true, true);
        assertThat(admin.getQueueInfo("q").getMessageCount()).isZero();
    }

    @Test
    void requests_are_answered() {
        admin.declareQueue(QueueBuilder.durable("double").build());
        RabbitTemplate answers = new RabbitTemplate(connections);
        AbstractMessageListenerContainer listening =
                listen(
                        Container.DIRECT,
                        "double",
                        message -> {
                            String replyTo = message.getMessageProperties().getReplyTo();
                            answers.convertAndSend(
                                    "",
                                    replyTo,
                                    text(message).repeat(2),
                                    reply -> {
                                        reply.getMessageProperties()
                                                .setCorrelationId(
                                                        message.getMessageProperties()
                                                                .getCorrelationId());
                                        return reply;
                                    });
                        });
        template.setReplyTimeout(20_000);
        for (int i = 0; i < 20; i++) {
            assertThat(template.convertSendAndReceive("", "double", "x" + i))
                    .isEqualTo("x" + i + "x" + i);
        }
        listening.stop();
    }

    @Test
    void what_a_transacted_listener_sent_before_it_failed_is_not_there() {
        admin.declareQueue(QueueBuilder.durable("in").build());
        admin.declareQueue(QueueBuilder.durable("out").build());
        connections.setPublisherConfirmType(ConfirmType.NONE);
        template.setChannelTransacted(true);
        List<String> tries = new CopyOnWriteArrayList<>();
        AbstractMessageListenerContainer listening =
                new SimpleMessageListenerContainer(connections);
        listening.setQueueNames("in");
        listening.setChannelTransacted(true);
        listening.setMessageListener(message -> {
            tries.add(text(message));
            template.convertAndSend("", "out", "try " + tries.size());
            if (tries.size() == 1) {
                throw new IllegalStateException("not yet");
            }
        });
        listening.afterPropertiesSet();
        listening.start();
        template.convertAndSend("", "in", "a");
        await().until(() -> admin.getQueueInfo("out").getMessageCount() > 0);
        listening.stop();
        assertThat(tries).containsExactly("a", "a");
        assertThat(admin.getQueueInfo("out").getMessageCount()).isEqualTo(1);
        assertThat(template.receiveAndConvert("out")).isEqualTo("try 2");
        assertThat(admin.getQueueInfo("in").getMessageCount()).isZero();
    }
}
