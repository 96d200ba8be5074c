package io.polylog.io.sim;

import java.util.SplittableRandom;

/// What of the unsynced state a power loss leaves. Drawn from the seed for each loss: uniform
/// chance alone would hardly ever give the plain cases (all of it, nothing, all but one sector, a
/// prefix).
final class Survival {
    private enum Shape {
        NOTHING,
        ALL,
        PREFIX,
        FEW,
        HALF,
        MOST
    }

    private final SplittableRandom random;
    private final Shape shape;
    private boolean prefixOver;

    Survival(SplittableRandom random) {
        this.random = random;
        this.shape = Shape.values()[random.nextInt(Shape.values().length)];
    }

    /// Whether the next sector or directory operation is kept. Asked in the order they were done.
    boolean keeps() {
        return switch (shape) {
            case NOTHING -> false;
            case ALL -> true;
            case PREFIX -> {
                prefixOver |= random.nextInt(10) == 0;
                yield !prefixOver;
            }
            case FEW -> random.nextInt(10) == 0;
            case HALF -> random.nextBoolean();
            case MOST -> random.nextInt(10) != 0;
        };
    }
}
