package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.Interest;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.SubscriptionState.Share;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/// Named subscriptions of a topic or queue that are made, used and deleted at random, beside the
/// simplest model of them: what each is owed, with its attempt.
final class SubscriptionModel {
    private static final TopicName TOPIC = TopicName.of("t");
    private static final int NAMES = 4;

    private final SplittableRandom random;
    private final ModelledRig rig;

    /// By name, then by offset: attempts of what is not settled.
    private final TreeMap<String, TreeMap<Long, Integer>> owed = new TreeMap<>();

    /// What their makers keep with them, of those that have something.
    private final TreeMap<String, String> notes = new TreeMap<>();

    private final List<Out> out = new ArrayList<>();

    /// What cannot be settled any more.
    private final List<Delivery> late = new ArrayList<>();

    private Peer peer;
    private long end;
    private String step = "";

    /// A delivery that nobody has settled.
    private record Out(String name, Delivery delivery) {}

    SubscriptionModel(long seed, int shards, UnaryOperator<ShardMachine> sabotage) {
        random = new SplittableRandom(seed);
        rig = new ModelledRig(seed, shards, Temper.LOCAL, sabotage);
        peer = rig.peer();
        String name = TOPIC.name();
        peer.declare(random.nextBoolean() ? Specs.stream(name, 1) : Specs.queue(name));
    }

    void run(int steps) {
        rig.live(steps, this::step, this::check);
    }

    private void step() {
        String name = "s" + random.nextInt(NAMES);
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> publish();
            case 3, 4, 5, 6, 7 -> take(name);
            case 8, 9 -> settle();
            case 10 -> settleLate();
            case 11 -> delete(name);
            case 12 -> rig.checkpoint();
            case 13 -> make(name);
            case 14 -> alter(name);
            default -> crash();
        }
    }

    // Steps ----------------------------------------------------------------------------------

    private void publish() {
        step = "publish";
        peer.store(TOPIC.name(), "m" + end);
        owed.values().forEach(each -> each.put(end, 0));
        end++;
    }

    /// With a note, where it is missing.
    private void make(String name) {
        step = "make " + name;
        if (owed.putIfAbsent(name, new TreeMap<>()) == null) {
            notes.put(name, "made at " + end);
            ConsumeSpec spec =
                    new ConsumeSpec(ref(name), false, false, 0, 1)
                            .with(Interest.ALL.noted("made at " + end));
            peer.consume(spec, new Inbox()).close();
        }
    }

    /// Only those can be that were made with something to say.
    private void alter(String name) {
        step = "alter " + name;
        String note = "altered at " + end;
        String wrong = "";
        try {
            rig.await(peer.session.alterSubscription(ref(name), Interest.ALL.noted(note)));
        } catch (BrokerException refused) {
            wrong = refused.kind().name();
        }
        String right =
                notes.containsKey(name) ? "" : owed.containsKey(name) ? "INVALID" : "NOT_FOUND";
        // An id that was another's before leaves room for a note.
        boolean roomy = wrong.isEmpty() && right.equals("INVALID");
        require(roomy || wrong.equals(right), "'" + wrong + "' for '" + right + "'");
        if (wrong.isEmpty()) {
            notes.put(name, note);
        }
    }

    /// Makes it where it is missing.
    private void take(String name) {
        step = "take from " + name;
        TreeMap<Long, Integer> mine = owed.computeIfAbsent(name, _ -> new TreeMap<>());
        Delivery taken = rig.await(peer.session.take(ref(name), false)).orElse(null);
        long first =
                mine.keySet().stream()
                        .filter(offset -> !isOut(name, offset))
                        .findFirst()
                        .orElse(-1L);
        require(taken == null ? first < 0 : taken.offset() == first, taken + " before " + first);
        if (taken != null) {
            require(mine.get(first) == taken.attempt(), "attempt " + taken.attempt());
            out.add(new Out(name, taken));
        }
    }

    private boolean isOut(String name, long offset) {
        return out.stream()
                .anyMatch(each -> each.name.equals(name) && each.delivery.offset() == offset);
    }

    private void settle() {
        if (out.isEmpty()) {
            return;
        }
        Out one = out.remove(random.nextInt(out.size()));
        boolean back = random.nextInt(3) == 0;
        step = (back ? "release " : "accept ") + one;
        peer.settle(back ? Settlement.RELEASE : Settlement.ACCEPT, one.delivery);
        TreeMap<Long, Integer> mine = owed.getOrDefault(one.name, new TreeMap<>());
        if (back) {
            mine.merge(one.delivery.offset(), 1, Integer::sum);
        } else {
            mine.remove(one.delivery.offset());
        }
    }

    /// It settles nothing, whatever has its name or its id now.
    private void settleLate() {
        if (late.isEmpty()) {
            return;
        }
        Delivery one = late.remove(random.nextInt(late.size()));
        step = "settle late " + one;
        try {
            peer.accept(one);
        } catch (BrokerException refused) {
            require(refused.kind() == Kind.CONFLICT, "refused as " + refused.kind());
        }
    }

    private void delete(String name) {
        step = "delete " + name;
        boolean there = owed.remove(name) != null;
        notes.remove(name);
        CompletionStage<Long> gone = peer.session.deleteSubscription(ref(name));
        boolean done = true;
        try {
            rig.await(gone);
        } catch (BrokerException missing) {
            done = missing.kind() != Kind.NOT_FOUND;
        }
        require(done == there, "it was there: " + there);
        out.removeIf(each -> each.name.equals(name) && late.add(each.delivery));
    }

    private void crash() {
        step = "crash";
        rig.crash();
        out.clear();
        late.clear();
        peer = rig.peer();
    }

    // What must hold -------------------------------------------------------------------------

    private void check() {
        TreeMap<String, String> known = new TreeMap<>();
        rig.await(peer.session.subscriptions(TOPIC))
                .forEach((name, interest) -> known.put(name, interest.note()));
        TreeMap<String, String> right = new TreeMap<>();
        owed.keySet().forEach(name -> right.put(name, notes.getOrDefault(name, "")));
        require(known.equals(right), "there are " + known + ", not " + right);
        HashMap<String, Long> away = new HashMap<>();
        out.forEach(each -> away.merge(each.name, 1L, Long::sum));
        owed.forEach((name, mine) -> {
            Share share = rig.await(peer.session.describe(ref(name))).shares().getFirst();
            long inFlight = away.getOrDefault(name, 0L);
            long again = mine.values().stream().filter(attempt -> attempt > 0).count();
            require(
                    share.floor() == (mine.isEmpty() ? end : mine.firstKey()),
                    share + " of " + mine);
            require(share.inFlight() == inFlight, share + " with " + inFlight + " away");
            require(share.ready() == mine.size() - inFlight, share + " of " + mine);
            require(share.redelivered() == again, share + " with " + again + " again");
        });
    }

    private static SubscriptionRef ref(String name) {
        return new SubscriptionRef(TOPIC, name);
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise + "; after " + step);
        }
    }
}
