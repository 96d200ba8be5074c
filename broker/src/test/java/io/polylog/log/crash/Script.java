package io.polylog.log.crash;

import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Makes up batches from a seed: most are small, some large, a few larger than a block.
final class Script {
    private final SplittableRandom random;
    private final int names;
    private final int largestBytes;
    private long nextBatch;

    /// @param firstBatch number of the first one
    /// @param largestBytes of a payload
    Script(SplittableRandom random, long firstBatch, int largestBytes) {
        nextBatch = firstBatch;
        this.random = random;
        this.largestBytes = largestBytes;
        this.names = 1 + random.nextInt(5);
    }

    /// A batch to propose.
    record Next(long batch, List<Act> acts, Urgency urgency) {
        int shard(int shards) {
            return (int) (batch % shards);
        }

        Batch toBatch(Batch.Proposer proposer) {
            List<Command> commands = new ArrayList<>();
            for (Act act : acts) {
                commands.add(act.encode(batch, commands.size(), acts.size()));
            }
            return new Batch(commands, urgency, proposer);
        }
    }

    /// A batch that only adds data.
    Next nextPublish() {
        return new Next(nextBatch++, List.of(append()), Urgency.PUBLISH);
    }

    /// A batch that deletes all there may be in its shard.
    Next nextDeletion() {
        List<Act> acts = new ArrayList<>();
        for (long name = 0; name < names; name++) {
            acts.add(new Act.Delete(name));
        }
        return new Next(nextBatch++, acts, Urgency.SETTLE);
    }

    /// A batch of some size that stores nothing.
    Next nextNote(int bytes) {
        return new Next(nextBatch++, List.of(new Act.Note(bytes)), Urgency.SETTLE);
    }

    Next next() {
        boolean publishes = random.nextInt(4) != 0;
        int count = 1 + random.nextInt(random.nextInt(8) == 0 ? 20 : 3);
        List<Act> acts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            acts.add(publishes && random.nextInt(5) != 0 ? append() : settle());
        }
        return new Next(nextBatch++, acts, urgency(publishes));
    }

    private Urgency urgency(boolean publishes) {
        if (publishes) {
            return Urgency.PUBLISH;
        }
        return random.nextBoolean() ? Urgency.SETTLE : Urgency.RELAXED;
    }

    private Act append() {
        List<Long> streams = new ArrayList<>();
        long first = random.nextInt(names);
        streams.add(first);
        if (names > 1 && random.nextInt(4) == 0) {
            streams.add((first + 1) % names);
        }
        int span = random.nextInt(4) == 0 ? 1 + random.nextInt(20) : 1;
        return new Act.Append(streams, span, payloadBytes(), random.nextInt(20) == 0);
    }

    private int payloadBytes() {
        int most =
                switch (random.nextInt(40)) {
                    case 0 -> largestBytes;
                    case 1, 2, 3, 4 -> Math.min(largestBytes, 20_000);
                    default -> Math.min(largestBytes, 1_500);
                };
        return random.nextInt(most + 1);
    }

    private Act settle() {
        long name = random.nextInt(names);
        int reach = random.nextInt(1_000);
        return switch (random.nextInt(12)) {
            case 0, 1, 2 -> new Act.Trim(name, reach);
            case 3 -> new Act.Delete(name);
            case 4 -> new Act.Note(random.nextInt(4_000));
            default -> new Act.Drop(name, reach);
        };
    }
}
