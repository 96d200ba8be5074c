package io.polylog.broker.meta;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.RuleCommand;
import io.polylog.broker.command.Specs;
import io.polylog.broker.machine.Cells;
import io.polylog.log.ShardMachine.Snapshot;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Saves a catalog piece by piece. The catalog is immutable, so the cut needs no care.
final class MetaSnapshot implements Snapshot {
    static final int COUNTERS = 1;
    static final int NAMESPACE = 2;
    static final int TOPIC = 3;
    static final int EXCHANGE = 4;
    static final int BINDING = 5;
    static final int RULE = 6;
    static final int FILTERED_BINDING = 7;

    private static final int PACK_BYTES = 60 * 1024;

    private final Iterator<Piece> pieces;

    private record Piece(int kind, HeadWriter body) {}

    MetaSnapshot(Catalog catalog) {
        Stream<Piece> named =
                catalog.namespaces().stream()
                        .filter(name -> !name.equals(TopicName.DEFAULT_NAMESPACE))
                        .map(name -> new Piece(NAMESPACE, new HeadWriter(32).text(name)));
        Stream<Piece> topics = catalog.allTopics().stream().map(MetaSnapshot::topic);
        Stream<Piece> exchanges =
                catalog.exchanges().stream()
                        .filter(spec -> !catalog.isBuiltIn(spec))
                        .map(MetaSnapshot::exchange);
        Stream<Piece> bindings = catalog.bindings().stream().map(each -> binding(catalog, each));
        Stream<Piece> rules = catalog.rules().list().stream().map(MetaSnapshot::rule);
        pieces =
                Stream.of(Stream.of(counters(catalog)), named, topics, exchanges, bindings, rules)
                        .flatMap(stream -> stream)
                        .iterator();
    }

    private static Piece counters(Catalog catalog) {
        Catalog.Counters counters = catalog.counters();
        HeadWriter body = new HeadWriter(32);
        body.number(catalog.version());
        body.number(counters.nextStream()).number(counters.nextProducer());
        return new Piece(COUNTERS, body);
    }

    private static Piece topic(Topic topic) {
        HeadWriter body = new HeadWriter(128);
        Specs.encode(body, topic);
        return new Piece(TOPIC, body);
    }

    private static Piece exchange(ExchangeSpec spec) {
        HeadWriter body = new HeadWriter(128);
        Specs.encode(body, spec);
        return new Piece(EXCHANGE, body);
    }

    private static Piece binding(Catalog catalog, Binding binding) {
        HeadWriter body = new HeadWriter(128);
        boolean plain = binding.filter().isPlain();
        if (!plain) {
            body.number(catalog.routes().number(binding));
        }
        Specs.encode(body, binding, !plain);
        return new Piece(plain ? BINDING : FILTERED_BINDING, body);
    }

    private static Piece rule(Rule rule) {
        HeadWriter body = new HeadWriter(128);
        RuleCommand.encode(body, rule);
        return new Piece(RULE, body);
    }

    @Override
    public @Nullable ByteBuffer next() {
        if (!pieces.hasNext()) {
            return null;
        }
        HeadWriter out = Cells.newPack();
        while (out.length() < PACK_BYTES && pieces.hasNext()) {
            Piece piece = pieces.next();
            out.octet(piece.kind).blob(piece.body);
        }
        return out.toBuffer();
    }
}
