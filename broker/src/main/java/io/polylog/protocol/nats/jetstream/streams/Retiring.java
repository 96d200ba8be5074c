package io.polylog.protocol.nats.jetstream.streams;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Ends what is there for something that is not there any more. Stateless; any thread.
public final class Retiring {
    private Retiring() {}

    /// Takes out and ends all that is not wanted.
    public static <K, V> void unwanted(Map<K, V> there, Predicate<K> wanted, Consumer<V> end) {
        there.entrySet()
                .removeIf(each -> {
                    boolean gone = !wanted.test(each.getKey());
                    if (gone) {
                        end.accept(each.getValue());
                    }
                    return gone;
                });
    }
}
