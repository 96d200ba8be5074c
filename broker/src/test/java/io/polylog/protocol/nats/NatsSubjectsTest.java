package io.polylog.protocol.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.routing.SubjectPattern;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NatsSubjectsTest {
    @ParameterizedTest
    @CsvSource({
        "a.b, a.b, true",
        "a.b, a.c, false",
        "a.b, a, false",
        "a, a.b, false",
        "a.*, a.b, true",
        "a.*, a.b.c, false",
        "*.b, a.b, true",
        "*, a.b, false",
        "a.>, a.b, true",
        "a.>, a.b.c, true",
        "a.>, a, false",
        "a.>, ab.c, false",
        ">, a, true",
        ">, a.b.c, true",
        "a.*.>, a.b, false",
        "a.*.>, a.b.c.d, true",
        "a.#, a.b, false",
        "a.#, a.#, true",
        "a.x*, a.xy, false",
        "a.x*, a.x*, true"
    })
    void a_subscription_has_its_subjects_and_the_pattern_no_fewer(
            String subscription, String subject, boolean matches) {
        assertThat(NatsSubjects.matches(subscription, subject)).isEqualTo(matches);
        boolean fits =
                new SubjectPattern(List.of(NatsSubjects.pattern(subscription))).matches(subject);
        assertThat(fits).isEqualTo(matches || NatsSubjects.isTooWide(subscription));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.", ".a", "a..b", "a.>.b", ">.a", "a b", "a\rb", "a.\uFFFD"})
    void what_nobody_can_subscribe_to_is_refused(String subject) {
        assertThat(NatsSubjects.isPattern(subject)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "*", ">", "a.*.c", "a.>", "$SYS.x", "a>b", "a*.b", "grüße.ä"})
    void what_nats_takes_can_be_subscribed_to(String subject) {
        assertThat(NatsSubjects.isPattern(subject)).isTrue();
    }

    @Test
    void a_token_spells_dots_too() {
        String name = "amq.gen-1 _x2E_x5F";

        assertThat(NatsSubjects.token(name)).isEqualTo("amq_x2Egen-1_x20_x5Fx2E_x5F");
        assertThat(NatsSubjects.text(NatsSubjects.token(name))).isEqualTo(name);
    }

    @Test
    void a_reply_subject_brings_the_correlation_id_back() {
        String toQueue = ReplySubjects.reply("amq.gen-1", "id 1.2");
        String toSubject = ReplySubjects.reply("/topic/replies.a", "id 1.2");

        assertThat(toQueue).isEqualTo("$queue.amq_x2Egen-1.id_x201_x2E2");
        assertThat(ReplySubjects.target(toQueue))
                .isEqualTo(new ReplySubjects.Target("amq.gen-1", toQueue, "id 1.2"));
        assertThat(ReplySubjects.target(toSubject))
                .isEqualTo(new ReplySubjects.Target(null, "replies.a", "id 1.2"));
        assertThat(ReplySubjects.target("$queue.")).hasFieldOrPropertyWithValue("queue", null);
        assertThat(ReplySubjects.target("$topic.id")).hasFieldOrPropertyWithValue("queue", null);
    }
}
