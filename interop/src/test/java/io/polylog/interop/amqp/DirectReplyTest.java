package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import com.rabbitmq.client.StringRpcServer;
import io.polylog.interop.RunningBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests and replies without a queue per call (`amq.rabbitmq.reply-to`), with RabbitMQ's Java
/// client.
class DirectReplyTest {
    private static final String DROPPED = "polylog_replies_dropped_total{cause=\"gone\"} ";

    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit server;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
        server = Rabbit.on(broker);
        server.queue("requests");
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        broker.close();
    }

    private String metrics() throws Exception {
        URI uri = URI.create("http://" + broker.address("http") + "/metrics");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
        }
    }

    @Test
    void aRequestIsAnsweredToWhoAsked() throws Exception {
        StringRpcServer upper =
                new StringRpcServer(server.channel, "requests") {
                    @Override
                    public String handleStringCall(String request, BasicProperties reply) {
                        return "re: " + request;
                    }
                };
        Thread serving = Thread.startVirtualThread(() -> run(upper));
        try (Rabbit client = Rabbit.on(broker)) {
            RpcClient rpc =
                    new RpcClient(
                            new RpcClientParams()
                                    .channel(client.channel)
                                    .exchange("")
                                    .routingKey("requests")
                                    .timeout(20_000));
            for (int i = 0; i < 20; i++) {
                assertThat(rpc.stringCall("q" + i)).isEqualTo("re: q" + i);
            }
            rpc.close();
        }
        serving.interrupt();
        serving.join();
        assertThat(metrics()).contains(DROPPED + "0");
    }

    private static void run(StringRpcServer server) {
        try {
            server.mainloop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aReplyToSomeoneGoneIsDroppedAndCounted() throws Exception {
        try (Rabbit client = Rabbit.on(broker)) {
            client.channel.basicConsume(
                    "amq.rabbitmq.reply-to", true, (tag, reply) -> {}, tag -> {});
            BasicProperties asking =
                    new BasicProperties.Builder().replyTo("amq.rabbitmq.reply-to").build();
            client.channel.confirmSelect();
            client.channel.basicPublish("", "requests", asking, "q".getBytes(UTF_8));
            client.channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        }
        GetResponse request = server.channel.basicGet("requests", true);
        String address = request.getProps().getReplyTo();
        assertThat(address).startsWith("amq.rabbitmq.reply-to.");
        List<String> returned = new CopyOnWriteArrayList<>();
        try (Channel replying = server.connection.createChannel()) {
            replying.addReturnListener(back -> returned.add(back.getReplyText()));
            replying.confirmSelect();
            // Dropped: the one who asked has gone. Who wants to know it is told.
            replying.basicPublish("", address, null, "late".getBytes(UTF_8));
            replying.basicPublish("", address, true, null, "late too".getBytes(UTF_8));
            replying.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
            await().atMost(Rabbit.PATIENCE).until(() -> returned.equals(List.of("NO_ROUTE")));
        }
        assertThat(metrics()).contains(DROPPED + "2");
        try (Channel committing = server.connection.createChannel()) {
            committing.txSelect();
            committing.basicPublish("", address, null, "late".getBytes(UTF_8));
            committing.txCommit();
        }
        assertThat(metrics()).contains(DROPPED + "3");
    }
}
