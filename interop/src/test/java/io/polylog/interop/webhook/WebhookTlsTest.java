package io.polylog.interop.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.http.Web;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A receiver must be who its URL says, by a certificate that is trusted.
class WebhookTlsTest {
    private static final String PASSWORD = "changeit";

    @TempDir private Path folder;

    private void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keystore", store().toString(), "-storepass", PASSWORD));
        Process done = new ProcessBuilder(command).inheritIO().start();
        assertThat(done.waitFor()).isZero();
    }

    private Path store() {
        return folder.resolve("keys.p12");
    }

    private HttpsServer receiver(AtomicInteger requests) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        HttpsServer server =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.createContext(
                "/",
                exchange -> {
                    requests.incrementAndGet();
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private static JsonNode test(Web web, String name, String url) throws Exception {
        String json = "{\"url\":\"%s\",\"queue\":\"orders\"}".formatted(url);
        web.ask("PUT", "/webhooks/" + name, BodyPublishers.ofString(json)).with(201);
        return web.ask("POST", "/webhooks/" + name + "/test").with(200);
    }

    @Test
    void the_certificate_must_be_trusted_and_the_host_s() throws Exception {
        keytool(
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=receiver",
                "-ext",
                "san=dns:localhost");
        Path authority = folder.resolve("ca.pem");
        keytool("-exportcert", "-rfc", "-alias", "a", "-file", authority.toString());
        AtomicInteger requests = new AtomicInteger();
        HttpsServer receiver = receiver(requests);
        String port = ":" + receiver.getAddress().getPort() + "/";
        String anywhere = "webhooks.private_hosts=*";
        String http = "listen.ports.http=auto";
        try (RunningBroker broker =
                        RunningBroker.on(
                                folder.resolve("data"),
                                http,
                                anywhere,
                                "webhooks.trust_file=" + authority);
                Web web = new Web(broker)) {
            web.ask("PUT", "/queues/orders").with(201);
            assertThat(test(web, "good", "https://localhost" + port).path("status").asInt())
                    .isEqualTo(204);
            assertThat(test(web, "other", "https://127.0.0.1" + port).path("error").asString())
                    .contains("127.0.0.1");
        }
        assertThat(requests).hasValue(1);
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data2"), http, anywhere);
                Web web = new Web(broker)) {
            web.ask("PUT", "/queues/orders").with(201);
            assertThat(test(web, "unknown", "https://localhost" + port).path("error").asString())
                    .contains("unable to find valid certification path");
        }
        assertThat(requests).hasValue(1);
        receiver.stop(0);
    }
}
