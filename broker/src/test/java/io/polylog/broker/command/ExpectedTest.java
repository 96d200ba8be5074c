package io.polylog.broker.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.command.PublishCommand.Wants;
import java.nio.ByteBuffer;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a sender expects, in heads of all versions.
final class ExpectedTest {
    /// Any, or none.
    static @Nullable Expected some(Random random) {
        Scope of = Scope.ALL.get(random.nextInt(Scope.ALL.size()));
        long offset = of == Scope.ANY ? -1 : random.nextInt(-1, 100_000);
        long stream = random.nextInt(1 << 30);
        KeyDigest other = KeyDigest.of("other");
        return switch (random.nextInt(5)) {
            case 0 -> null;
            case 1 -> new Expected(of, offset);
            case 2 -> new Expected(of, offset, stream, null);
            case 3 -> new Expected(of, offset, Expected.EACH, other);
            default -> new Expected(of, offset, stream, other);
        };
    }

    /// The oldest version of a head that can say it: what an older broker may have to read.
    static int version(Terms terms) {
        Expected expected = terms.expected();
        boolean isLong =
                expected != null
                        && (expected.stream() != Expected.EACH
                                || expected.key() != null
                                || expected.of() == Scope.ANY);
        return isLong ? 4 : terms.asked() == Terms.NOBODY ? 2 : 3;
    }

    @Test
    void what_a_head_of_version_2_says_is_read() {
        // Encoding, two octets of flags (EXPECTING), scope, offset, one stream.
        byte[] head = {2, 7, 0, 8, 1, 84, 1, 9};
        assertThat(PublishCommand.terms(ByteBuffer.wrap(head)))
                .isEqualTo(new Terms(null, new Expected(Scope.KEY, 42), Terms.NOBODY));
        requireStreamNine(head);
    }

    @Test
    void what_a_head_of_version_3_says_is_read() {
        // EXPECTING and ASKING: which stream is asked about stands behind the offset.
        byte[] head = {3, 7, 0, 40, 0, 1, 9, 1, 9};
        assertThat(PublishCommand.terms(ByteBuffer.wrap(head)))
                .isEqualTo(new Terms(null, new Expected(Scope.STREAM, -1), 9));
        requireStreamNine(head);
    }

    @Test
    void what_a_message_is_known_by_and_replaces_come_back() {
        byte[] subject = {'a', '.', 'b'};
        byte[] other = {'c'};
        Expected expected = new Expected(Scope.KEY, 7, Expected.EACH, KeyDigest.of("c"), other);
        Terms terms = new Terms(null, expected, 3, subject, Replaces.KEY);
        Envelope envelope = new Envelope(5, -1, -1, new byte[] {9});
        Content content = new Content((byte) 7, envelope, ByteBuffer.allocate(1));
        HeadWriter out = new HeadWriter(64);
        PublishCommand.encode(out, content, null, new Wants(false, false, terms));
        PublishCommand.encode(out, new long[] {9}, 0, 1);

        byte[] head = new byte[out.length()];
        out.toBuffer().get(head);
        assertThat(head[0]).isEqualTo((byte) 5);
        assertThat(PublishCommand.terms(ByteBuffer.wrap(head)))
                .usingRecursiveComparison()
                .isEqualTo(terms);
        assertThat(PublishCommand.recordKey(ByteBuffer.wrap(head))).containsExactly(9);
        requireStreamNine(head);
    }

    private static void requireStreamNine(byte[] head) {
        ByteBuffer streams = ByteBuffer.wrap(head);
        assertThat(PublishCommand.streams(streams)).isEqualTo(1);
        assertThat(HeadReader.number(streams)).isEqualTo(9);
        assertThat(streams.hasRemaining()).isFalse();
    }
}
