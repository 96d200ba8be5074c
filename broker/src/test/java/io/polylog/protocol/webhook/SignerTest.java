package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is signed here, the library of Standard Webhooks knows.
class SignerTest {
    private static final String OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String NEW = Signer.secret(new byte[32]);
    private static final String BODY = "{\"total\":49.9,\"text\":\"grüße\"}";

    private static Map<String, List<String>> headers(String id, String signature) {
        return Map.of(
                "webhook-id", List.of(id),
                "webhook-timestamp", List.of(Long.toString(now())),
                "webhook-signature", List.of(signature));
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    private static String sign(String id, String... secrets) {
        return new Signer(List.of(secrets)).signature(id, now(), BODY.getBytes(UTF_8));
    }

    @Test
    void the_official_library_knows_the_signature_of_either_secret() throws Exception {
        Map<String, List<String>> sent = headers("msg-1", sign("msg-1", NEW, OLD));

        new Webhook(OLD).verify(BODY, sent);
        new Webhook(NEW).verify(BODY, sent);
    }

    @Test
    void another_secret_id_or_body_is_not_known() throws Exception {
        Map<String, List<String>> sent = headers("msg-1", sign("msg-1", OLD));

        assertThatThrownBy(() -> new Webhook(NEW).verify(BODY, sent))
                .isInstanceOf(WebhookVerificationException.class);
        assertThatThrownBy(() -> new Webhook(OLD).verify(BODY + " ", sent))
                .isInstanceOf(WebhookVerificationException.class);
        assertThatThrownBy(
                        () -> new Webhook(OLD).verify(BODY, headers("msg-2", sign("msg-1", OLD))))
                .isInstanceOf(WebhookVerificationException.class);
    }

    /// The example of the specification's reference implementations.
    @Test
    void the_known_example_has_its_signature() {
        String signature =
                new Signer(List.of(OLD))
                        .signature(
                                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                                1614265330,
                                "{\"test\": 2432232314}".getBytes(UTF_8));

        assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "secret",
                "whsec_",
                "whsec_!!!",
                "whsec_c2hvcnQ=",
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
            })
    void what_is_no_secret_is_refused_and_not_repeated(String said) {
        assertThatThrownBy(() -> Signer.bytes(said))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("secrets: one is whsec_ and base64 of 24 to 64 bytes");
    }
}
