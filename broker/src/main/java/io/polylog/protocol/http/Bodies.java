package io.polylog.protocol.http;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.polylog.http.Refusal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// The bodies of requests, read as they arrive: memory is taken for bytes that are there, and all
/// requests together hold no more than a limit. Any thread.
final class Bodies {
    private static final int STEP_BYTES = 16 << 10;
    private static final long MOST_HELD_BYTES = 48L << 20;

    private final AtomicLong heldBytes = new AtomicLong();

    /// Reads a body, uses it, and forgets it.
    ///
    /// @param most bytes that it may have
    /// @throws Refusal 413 where it is larger, 503 where too much is held already
    <T> T use(ServerRequest request, int most, Function<byte[], T> action) {
        long said = request.headers().contentLength().orElse(0);
        if (said > most) {
            throw tooLarge(most);
        }
        if (!request.content().hasEntity()) {
            return action.apply(new byte[0]);
        }
        var body = new ByteArrayOutputStream((int) Math.min(said, STEP_BYTES));
        long mine = 0;
        try (InputStream in = request.content().inputStream()) {
            byte[] step = new byte[STEP_BYTES];
            int count = in.read(step);
            while (count >= 0) {
                mine += count;
                hold(count);
                if (mine > most) {
                    throw tooLarge(most);
                }
                body.write(step, 0, count);
                count = in.read(step);
            }
            return action.apply(body.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            heldBytes.addAndGet(-mine);
        }
    }

    private void hold(int bytes) {
        if (heldBytes.addAndGet(bytes) > MOST_HELD_BYTES) {
            throw new Refusal(
                    Status.SERVICE_UNAVAILABLE_503,
                    "BUSY",
                    "too many large requests at once",
                    "try again a little later");
        }
    }

    private static Refusal tooLarge(int most) {
        return new Refusal(
                Status.REQUEST_ENTITY_TOO_LARGE_413,
                "TOO_LARGE",
                "the body is larger than " + most + " bytes",
                null);
    }
}
