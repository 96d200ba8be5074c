package io.polylog.interop.crash;

import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import io.polylog.interop.stomp.RawStomp;
import io.polylog.interop.stomp.RawStomp.Frame;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// STOMP on a durable queue: a publisher that asks for a receipt of each message and never sends
/// anything twice, and a consumer that acknowledges each. What has its receipt must arrive; a
/// second arrival must be flagged.
final class StompLoad implements Load {
    private static final int PRODUCER = 0;
    private static final int MESSAGE_BYTES = 512;
    private static final int AT_ONCE = 50;
    private static final int PREFETCH = 300;

    private final int port;
    private final String queue;
    private final long run;
    private final Ledger ledger = new Ledger(Repeats.FLAGGED);
    private final Thread publishing;
    private final Thread consuming;
    private long sequence;
    private volatile boolean finishing;
    private volatile boolean closing;

    StompLoad(int port, String queue, long run) {
        this.port = port;
        this.queue = queue;
        this.run = run;
        consuming = Thread.ofPlatform().name("stomp-consume").daemon().start(this::consume);
        publishing = Thread.ofPlatform().name("stomp-publish").daemon().start(this::publish);
    }

    @Override
    public long accepted() {
        return ledger.accepted();
    }

    @Override
    public List<String> finish(Duration patience) throws Exception {
        finishing = true;
        publishing.join();
        Waiting.until(patience, () -> ledger.owed() == 0);
        List<String> wrong = new ArrayList<>();
        ledger.verdict().forEach(what -> wrong.add("stomp queue, " + what));
        return wrong;
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
        consuming.interrupt();
    }

    private void publish() {
        while (!finishing) {
            try (RawStomp stomp = RawStomp.on(port, "1.2")) {
                while (!finishing) {
                    if (Waiting.isAhead(ledger)) {
                        Waiting.aMoment();
                    } else {
                        send(stomp);
                    }
                }
            } catch (IOException | AssertionError crash) {
                Waiting.aMoment(); // then connect again
            }
        }
    }

    /// Sends some messages and takes their receipts.
    private void send(RawStomp stomp) throws IOException {
        for (int i = 0; i < AT_ONCE; i++) {
            long now = sequence++;
            ledger.attempted(PRODUCER, now);
            byte[] message = new Proof(run, PRODUCER, now, queue).encode(MESSAGE_BYTES);
            stomp.send("SEND", message, "destination:/queue/" + queue, "receipt:" + now);
        }
        for (int i = 0; i < AT_ONCE; i++) {
            ledger.accepted(PRODUCER, Long.parseLong(stomp.frame().header("receipt-id")));
        }
    }

    private void consume() {
        while (!closing) {
            try (RawStomp stomp = RawStomp.on(port, "1.2")) {
                stomp.send(
                        "SUBSCRIBE",
                        "",
                        "id:1",
                        "destination:/queue/" + queue,
                        "ack:client-individual",
                        "prefetch-count:" + PREFETCH);
                while (!closing) {
                    take(stomp);
                }
            } catch (IOException | AssertionError crash) {
                Waiting.aMoment(); // then connect again
            }
        }
    }

    private void take(RawStomp stomp) throws IOException {
        Frame frame = stomp.message();
        try {
            Proof proof = Proof.decode(frame.bytes(), run, queue);
            boolean again = "true".equals(frame.header("redelivered"));
            ledger.arrived(proof.producer(), proof.sequence(), again);
        } catch (Forged forged) {
            ledger.forged(forged);
        }
        stomp.send("ACK", "", "id:" + frame.header("ack"));
    }
}
