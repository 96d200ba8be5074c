package io.polylog.interop.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may connect, and what for.
class MqttLoginTest {
    private static final int SUBSCRIPTION_REFUSED = 128;

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder.resolve("data"),
                        "listen.ports.kafka=0",
                        RunningBroker.ANN,
                        "auth.permissions.ann=write=^(open|kept) read=^(open|kept)");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static PahoClient login(String id, String user, String password) throws Exception {
        return new PahoClient(
                broker,
                id,
                options -> {
                    options.setUserName(user);
                    options.setPassword(password.toCharArray());
                    options.setCleanSession(!id.equals("kept"));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann", "/:ann"})
    void who_is_known_gets_in_and_may_do_what_is_permitted(String user) throws Exception {
        try (PahoClient ann = login("client", user, "guest")) {
            ann.client.subscribe("open/#", 1);
            ann.retain("open/x", "hello", 1);
            assertThat(ann.next().text()).isEqualTo("hello");
        }
    }

    @Test
    void a_session_needs_no_permission_of_its_own() throws Exception {
        try (PahoClient ann = login("kept", "ann", "guest")) {
            ann.client.subscribe("kept/#", 2);
        }
        try (PahoClient other = login("other", "ann", "guest")) {
            other.publish("kept/x", "later", 2);
        }
        try (PahoClient ann = login("kept", "ann", "guest")) {
            assertThat(ann.next().text()).isEqualTo("later");
        }
    }

    @ParameterizedTest
    @CsvSource({"ann, wrong, 4", "bob, guest, 4", "nowhere:ann, guest, 5"})
    void who_is_not_known_is_refused(String user, String password, int code) {
        assertThatThrownBy(() -> login("client", user, password))
                .isInstanceOfSatisfying(
                        MqttException.class,
                        refused -> assertThat(refused.getReasonCode()).isEqualTo(code));
    }

    @Test
    void what_is_not_permitted_is_not_done() throws Exception {
        try (PahoClient ann = login("client", "ann", "guest")) {
            assertThatThrownBy(() -> ann.client.subscribe("closed/#", 1))
                    .isInstanceOfSatisfying(
                            MqttException.class,
                            refused ->
                                    assertThat(refused.getReasonCode())
                                            .isEqualTo(SUBSCRIPTION_REFUSED));
            assertThatThrownBy(() -> ann.publish("closed/x", "no", 1))
                    .isInstanceOf(MqttException.class);
        }
    }
}
