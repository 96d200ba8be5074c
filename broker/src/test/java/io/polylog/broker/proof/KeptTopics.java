package io.polylog.broker.proof;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Reader;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Topics of a history that do not keep all they are given: for a time, up to a size, the newest of
/// each key. Which records are gone when is not modelled; that it is the same after a crash is
/// seen, that nothing else is gone is checked.
final class KeptTopics {
    static final int KEPT_SECONDS = 60;
    private static final long KEPT_MS = KEPT_SECONDS * 1_000L;
    private static final String COMPACTED = "compacted";
    private static final String STRAYS = "strays";
    private static final List<TopicSpec> SPECS =
            List.of(
                    spec("aged", new Retention(KEPT_MS, -1, false, false)),
                    spec("sized", new Retention(-1, 60, false, false)),
                    spec(COMPACTED, new Retention(-1, -1, false, new Compaction(0, KEPT_MS, 0))));

    private final World world;
    private long sent;
    private long strays = 1_000_000;

    /// By key: the newest that is surely stored.
    private final Map<Integer, Long> newest = new HashMap<>();

    KeptTopics(World world, Peer peer) {
        this.world = world;
        peer.insist(() -> peer.session.declareTopic(Specs.batches(STRAYS, 1)));
        SPECS.forEach(spec -> peer.insist(() -> peer.session.declareTopic(spec)));
    }

    private static TopicSpec spec(String name, Retention retention) {
        return Specs.spec(name, Form.MESSAGES, 1, retention, Lifetime.DURABLE);
    }

    void keep(int topic, int key, int count) {
        String name = SPECS.get(topic % SPECS.size()).name().name();
        List<Publication> batch = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long number = sent++;
            numbers.add(number);
            byte[] text = (key + ":" + number).getBytes(StandardCharsets.UTF_8);
            Envelope envelope = new Envelope(0, -1, -1, new byte[] {(byte) key});
            Content content = new Content(Peer.TEXT, envelope, ByteBuffer.wrap(text));
            batch.add(new Publication(Peer.to(name), content));
        }
        Client client = world.client(1);
        client.publish(
                batch,
                outcomes -> {
                    for (int i = 0; i < count; i++) {
                        String outcome = outcomes.get(i).name();
                        if (!outcome.equals("STORED")) {
                            world.mayRefuse(outcome);
                        } else if (name.equals(COMPACTED)) {
                            newest.merge(key, numbers.get(i), Math::max);
                        }
                    }
                });
    }

    void stray() {
        ProducerStamp stamp = new ProducerStamp(strays++, (short) 0, 0);
        byte[] text = (Appends.ROOM + "stray").getBytes(StandardCharsets.UTF_8);
        world.append(Appends.of(STRAYS, 0, stamp, 1, ByteBuffer.wrap(text), List.of()), _ -> {});
    }

    void pass(int seconds) {
        world.rig.clock.advanceNanos(seconds * 1_000_000_000L);
    }

    /// So much time passes that all goes that is to go, and all producers are forgotten.
    void passTwoDays() {
        for (int day = 0; day < 2; day++) {
            pass(24 * 3_600);
            world.rig.quiesce();
            keep(0, 0, 1);
            keep(1, 0, 1);
            keep(2, 0, 1);
            world.rig.quiesce();
        }
        for (int look = 0; look < 3; look++) {
            pass(2 * KEPT_SECONDS);
            world.rig.quiesce();
        }
        world.openClients().forEach(Client::close);
        world.rig.quiesce();
    }

    /// What is left is what may be left.
    void check() {
        Peer peer = world.rig.peer();
        for (TopicSpec spec : SPECS) {
            String name = spec.name().name();
            Reader reader = peer.reader(name, 0);
            List<Reader.Entry> entries = peer.readAll(reader, 200);
            if (name.equals(COMPACTED)) {
                checkCompacted(entries);
            } else if (entries.size() != reader.endOffset() - reader.startOffset()) {
                throw new Violation(name + " has lost records in its middle");
            }
        }
        peer.session.close();
    }

    private void checkCompacted(List<Reader.Entry> entries) {
        Map<Integer, Long> found = new HashMap<>();
        for (Reader.Entry entry : entries) {
            String[] parts = Peer.text(entry).split(":", -1);
            found.merge(Integer.parseInt(parts[0]), Long.parseLong(parts[1]), Math::max);
        }
        newest.forEach((key, number) -> {
            if (found.getOrDefault(key, -1L) < number) {
                throw new Violation("the newest of key " + key + ", " + number + ", is gone");
            }
        });
    }
}
