package io.polylog.harness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.harness.Proof.Forged;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProofTest {
    private final Proof proof = new Proof(7, 3, 41, "orders");

    @ParameterizedTest
    @ValueSource(ints = {Proof.LEAST_BYTES, 100, 1024, 70_000})
    void what_was_encoded_is_decoded(int size) throws Exception {
        byte[] message = proof.encode(size);

        assertThat(message).hasSize(size);
        assertThat(Proof.decode(message, 7, "orders")).isEqualTo(proof);
    }

    @Test
    void any_changed_byte_is_caught() {
        for (int i = 0; i < 64; i++) {
            byte[] message = proof.encode(64);
            message[i] ^= 1;

            assertThatThrownBy(() -> Proof.decode(message, 7, "orders"))
                    .as("byte %d", i)
                    .isInstanceOf(Forged.class);
        }
    }

    @Test
    void another_run_is_caught() {
        assertThatThrownBy(() -> Proof.decode(proof.encode(64), 8, "orders"))
                .isInstanceOf(Forged.class)
                .hasMessage("of run 7, not 8");
    }

    @Test
    void another_destination_is_caught() {
        assertThatThrownBy(() -> Proof.decode(proof.encode(64), 7, "invoices"))
                .isInstanceOf(Forged.class)
                .hasMessageStartingWith("not for invoices");
    }

    @Test
    void a_message_of_somebody_else_is_caught() {
        assertThatThrownBy(() -> Proof.decode("hello".getBytes(UTF_8), 7, "orders"))
                .isInstanceOf(Forged.class)
                .hasMessage("no proof in 5 bytes beginning with \"hello\"");
    }
}
