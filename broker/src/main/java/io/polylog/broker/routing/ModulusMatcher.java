package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.function.Consumer;

/// To one target, by the hash of the routing keys modulo the number of targets: a target that comes
/// or goes moves most keys.
record ModulusMatcher(SortedTargets targets) implements Matcher {
    static final ModulusMatcher EMPTY = new ModulusMatcher(SortedTargets.NONE);

    @Override
    public Matcher with(Binding binding, Target target) {
        return new ModulusMatcher(targets.with(target));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        return new ModulusMatcher(targets.without(target));
    }

    @Override
    public boolean byKeysAlone() {
        return true;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        if (!targets.isEmpty()) {
            long hash = 0;
            for (String key : message.keys()) {
                hash = Hashes.mixed(hash ^ Hashes.of(key));
            }
            sink.accept(targets.get((int) Long.remainderUnsigned(hash, targets.size())));
        }
    }
}
