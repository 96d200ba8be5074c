package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Publication;
import io.polylog.broker.Reader;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A topic whose subscriptions say how long messages stay, used at random beside the simplest model
/// of what it promises: a list of subjects, and for each subscription what it is owed.
final class WantedModel {
    private static final List<String> NAMES = List.of("a", "b", "c");

    private final SplittableRandom random;
    private final ModelledRig rig;

    /// By offset; null once it is gone.
    private final List<@Nullable String> items = new ArrayList<>();

    private final TreeMap<String, Taker> takers = new TreeMap<>();
    private Kept kept;
    private Peer peer;
    private String step = "";

    /// What a subscription is owed, by offset.
    private static final class Taker {
        /// The one subject that it wants, or "" for all.
        final String subject;

        final TreeMap<Integer, Boolean> owed = new TreeMap<>();
        final Map<Integer, Delivery> out = new HashMap<>();

        Taker(String subject) {
            this.subject = subject;
        }

        boolean wants(String text) {
            return subject.isEmpty() || text.equals(subject);
        }
    }

    WantedModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        peer = rig.peer();
        kept = random.nextBoolean() ? Kept.WHILE_WANTED : Kept.UNTIL_DONE;
        peer.declare(WantedContract.topic(kept, true));
        rig.await(peer.session.declareExchange(Specs.exchange("x", Kind.TOPIC)));
        rig.await(peer.session.bind(Specs.toQueue("x", "t", "#")));
    }

    void run(int steps) {
        rig.live(steps, this::step, this::check);
    }

    private void step() {
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> publish();
            case 3, 4, 5, 6 -> take();
            case 7, 8, 9 -> settle();
            case 10, 11 -> open();
            case 12 -> delete();
            case 13 -> rig.checkpoint();
            case 14 -> {
                if (random.nextInt(4) == 0) {
                    alter();
                } else {
                    remove();
                }
            }
            default -> crash();
        }
    }

    // Steps ----------------------------------------------------------------------------------

    private String subject() {
        return "s" + random.nextInt(3);
    }

    private void publish() {
        List<Publication> batch = new ArrayList<>();
        step = "publish";
        for (int left = 1 + random.nextInt(8); left > 0; left--) {
            String subject = subject();
            step += " " + subject;
            batch.add(new Publication(Peer.via("x", subject), Peer.content(subject)));
            int offset = items.size();
            items.add(subject);
            for (Taker taker : takers.values()) {
                if (taker.wants(subject)) {
                    taker.owed.put(offset, true);
                }
            }
            doubt(offset);
        }
        rig.await(peer.send(batch));
    }

    /// It goes where it is kept while wanted and nobody wants it.
    private void doubt(int offset) {
        boolean wanted = takers.values().stream().anyMatch(each -> each.owed.containsKey(offset));
        if (kept == Kept.WHILE_WANTED && !wanted) {
            gone(offset);
        }
    }

    private void gone(int offset) {
        items.set(offset, null);
        takers.values().forEach(each -> each.owed.remove(offset));
    }

    private @Nullable String any() {
        List<String> there = List.copyOf(takers.keySet());
        return there.isEmpty() ? null : there.get(random.nextInt(there.size()));
    }

    private void take() {
        String name = any();
        Taker taker = name == null ? null : takers.get(name);
        if (name == null || taker == null) {
            return;
        }
        step = "take of " + name;
        Delivery taken = rig.await(peer.session.take(WantedContract.ref(name), false)).orElse(null);
        int first =
                taker.owed.keySet().stream()
                        .filter(each -> !taker.out.containsKey(each))
                        .findFirst()
                        .orElse(-1);
        long offset = taken == null ? -1 : taken.offset();
        require(offset == first, "it gives " + offset + " before " + first);
        if (taken != null) {
            require(Inbox.text(taken).equals(items.get(first)), "another text at " + first);
            taker.out.put(first, taken);
        }
    }

    private void settle() {
        String name = any();
        Taker taker = name == null ? null : takers.get(name);
        if (taker == null || taker.out.isEmpty()) {
            return;
        }
        List<Integer> offsets = taker.out.keySet().stream().sorted().toList();
        int offset = offsets.get(random.nextInt(offsets.size()));
        Delivery delivery = taker.out.remove(offset);
        Settlement how =
                List.of(
                                Settlement.ACCEPT,
                                Settlement.ACCEPT,
                                Settlement.REJECT,
                                Settlement.RELEASE,
                                Settlement.GIVE_UP)
                        .get(random.nextInt(5));
        step = how + " " + offset + " of " + name;
        boolean owed = taker.owed.containsKey(offset);
        try {
            peer.settle(how, delivery);
            require(owed, "it settles what is gone");
        } catch (BrokerException refused) {
            require(
                    !owed && refused.kind() == BrokerException.Kind.CONFLICT,
                    "refused: " + refused);
            return;
        }
        if (how.kind() != Settlement.Kind.RELEASE) {
            taker.owed.remove(offset);
        }
        boolean done = how.kind() == Settlement.Kind.ACCEPT || how.kind() == Settlement.Kind.REJECT;
        if (done && kept == Kept.UNTIL_DONE) {
            gone(offset);
        } else if (done) {
            doubt(offset);
        }
    }

    private void open() {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        if (takers.containsKey(name)) {
            return;
        }
        Taker taker = new Taker(random.nextBoolean() ? "" : subject());
        int from = random.nextInt(items.size() + 1);
        step = "open " + name + " of '" + taker.subject + "' from " + from;
        Filter filter = new Filter("", Map.of(), taker.subject);
        ConsumeSpec spec =
                new ConsumeSpec(
                                WantedContract.ref(name),
                                false,
                                false,
                                0,
                                0,
                                new Start.Offset(from),
                                null)
                        .with(Interest.in(filter));
        rig.await(peer.consume(spec, new Inbox()).close());
        for (int offset = from; offset < items.size(); offset++) {
            String text = items.get(offset);
            if (text != null && taker.wants(text)) {
                taker.owed.put(offset, true);
            }
        }
        takers.put(name, taker);
    }

    private void delete() {
        String name = any();
        if (name == null) {
            return;
        }
        step = "delete " + name;
        rig.await(peer.session.deleteSubscription(WantedContract.ref(name)));
        Taker gone = takers.remove(name);
        if (gone != null) {
            List.copyOf(gone.owed.keySet()).forEach(this::doubt);
        }
    }

    private void alter() {
        Kept other = Kept.ALL.get(random.nextInt(Kept.ALL.size()));
        if (other == kept) {
            return;
        }
        kept = other;
        step = "keep " + kept;
        rig.await(
                peer.session.alterTopic(
                        WantedContract.WANTED, WantedContract.retention(kept), Map.of()));
        for (int offset = 0; offset < items.size(); offset++) {
            doubt(offset);
        }
    }

    private void remove() {
        int offset = random.nextInt(items.size() + 1);
        if (offset < items.size()) {
            step = "remove " + offset;
            rig.await(peer.session.remove(WantedContract.WANTED, 0, List.of((long) offset)));
            gone(offset);
        }
    }

    private void crash() {
        step = "crash";
        rig.crash();
        peer = rig.peer();
        takers.values().forEach(each -> each.out.clear());
    }

    // What must hold -------------------------------------------------------------------------

    private void check() {
        Reader reader = peer.reader("t", 0);
        int start = 0;
        while (start < items.size() && items.get(start) == null) {
            start++;
        }
        require(reader.startOffset() == start, "it begins at " + reader.startOffset());
        require(reader.endOffset() == items.size(), "it ends at " + reader.endOffset());
        List<String> texts = peer.readAll(reader, 20_000).stream().map(Peer::text).toList();
        List<@Nullable String> right = items.stream().filter(each -> each != null).toList();
        require(texts.equals(right), "it keeps " + texts + " instead of " + right);
        long ready = peer.stats("t").ready();
        require(ready == right.size(), ready + " are there, of " + right.size());
        reader.close();
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; after " + step + "; kept " + kept);
        }
    }
}
