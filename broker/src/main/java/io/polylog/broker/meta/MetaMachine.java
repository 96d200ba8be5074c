package io.polylog.broker.meta;

import io.polylog.broker.Topic;
import io.polylog.broker.command.AllocateProducersCommand;
import io.polylog.broker.command.AlterTopicCommand;
import io.polylog.broker.command.BindCommand;
import io.polylog.broker.command.DeclareExchangeCommand;
import io.polylog.broker.command.DeclareNamespaceCommand;
import io.polylog.broker.command.DeclareTopicCommand;
import io.polylog.broker.command.DeleteExchangeCommand;
import io.polylog.broker.command.DeleteTopicCommand;
import io.polylog.broker.command.DropTransientCommand;
import io.polylog.broker.command.GrowTopicCommand;
import io.polylog.broker.command.RuleCommand;
import io.polylog.broker.machine.Effects;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.broker.machine.Result.Value;
import io.polylog.broker.meta.Catalog.Counters;
import io.polylog.broker.meta.TopicApply.Change;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The machine of the definitions. On its log's thread; [#catalog] from any.
///
/// When a commit is over, in this order: streams of new topics are on their way to their shards,
/// the new catalog is visible, streams that were there hear of their new policies, those of removed
/// topics go, answers leave. So whoever sees a topic finds its streams open, because what he
/// proposes comes after; and what a policy has a shard do, drop what is too much, is done when
/// everybody can read what becomes of it.
public final class MetaMachine implements ShardMachine {
    private final Effects effects = new Effects();
    private final BuiltIns builtIns;
    private List<Topic> opened = new ArrayList<>();
    private List<Topic> dropped = new ArrayList<>();
    private Streams streams = Streams.NONE;
    private Catalog catalog;
    private volatile Catalog visible;
    private @Nullable MetaRestorer restorer;
    private boolean leading;

    public MetaMachine(BuiltIns builtIns) {
        this.builtIns = builtIns;
        catalog = Catalog.empty(builtIns);
        visible = catalog;
    }

    /// Hears whose streams must be opened and dropped. On the machine's thread.
    public interface Streams {
        Streams NONE =
                new Streams() {
                    @Override
                    public void open(Topic topic) {}

                    @Override
                    public void seen(Topic topic) {}

                    @Override
                    public void drop(Topic topic) {}
                };

        /// The topic is new, or has more partitions: not in the catalog yet. Or it has another
        /// policy: in the catalog.
        void open(Topic topic);

        /// A topic that was opened is in the catalog that everybody sees.
        void seen(Topic topic);

        void drop(Topic topic);
    }

    /// Who is to hear of streams from now on. On the machine's thread.
    public void streams(Streams listener) {
        streams = listener;
    }

    /// Everything defined as of the last commit. Any thread.
    public Catalog catalog() {
        return visible;
    }

    @Override
    public void apply(Entry entry) {
        Request request = entry.proposer() instanceof Request r && r.claim() ? r : null;
        List<Logged> commands = entry.commands();
        for (int place = 0; place < commands.size(); place++) {
            Logged command = commands.get(place);
            Change change = apply(command.type(), command.head(), entry.timeMs());
            catalog = change.catalog();
            opened.addAll(change.opened());
            dropped.addAll(change.dropped());
            if (request != null) {
                request.result(place, change.result());
            }
        }
        if (request != null) {
            effects.answer(request);
        }
    }

    private Change apply(int type, ByteBuffer head, long timeMs) {
        return switch (type) {
            case DeclareTopicCommand.TYPE ->
                    TopicApply.declare(catalog, DeclareTopicCommand.decode(head), timeMs);
            case DeleteTopicCommand.TYPE ->
                    TopicApply.delete(catalog, DeleteTopicCommand.decode(head));
            case AlterTopicCommand.TYPE ->
                    TopicApply.alter(catalog, AlterTopicCommand.decode(head));
            case GrowTopicCommand.TYPE -> TopicApply.grow(catalog, GrowTopicCommand.decode(head));
            case DropTransientCommand.TYPE ->
                    TopicApply.dropTransient(catalog, DropTransientCommand.decode(head));
            case DeclareExchangeCommand.TYPE ->
                    ExchangeApply.declare(catalog, DeclareExchangeCommand.decode(head));
            case DeleteExchangeCommand.TYPE ->
                    ExchangeApply.delete(catalog, DeleteExchangeCommand.decode(head));
            case BindCommand.TYPE -> ExchangeApply.bind(catalog, BindCommand.decode(head));
            case AllocateProducersCommand.TYPE ->
                    allocate(AllocateProducersCommand.decode(head).count());
            case RuleCommand.TYPE -> RuleApply.apply(catalog, RuleCommand.decode(head));
            case DeclareNamespaceCommand.TYPE ->
                    namespace(DeclareNamespaceCommand.decode(head).name());
            default ->
                    throw new IllegalStateException(
                            "the log holds a command of unknown type " + type);
        };
    }

    private Change allocate(int count) {
        Counters now = catalog.counters();
        Counters next = new Counters(now.nextStream(), now.nextProducer() + count);
        return Change.none(catalog.with(next), new Value(now.nextProducer()));
    }

    private Change namespace(String name) {
        Result done = new Value(name);
        return catalog.namespaceExists(name)
                ? Change.none(catalog, done)
                : Change.none(catalog.withNamespace(name), done);
    }

    @Override
    public void committed() {
        Catalog before = visible;
        List<Topic> changed = leading ? opened : List.of();
        List<Topic> gone = leading ? dropped : List.of();
        opened = new ArrayList<>();
        dropped = new ArrayList<>();
        changed.stream().filter(topic -> !hasStreams(before, topic)).forEach(streams::open);
        visible = catalog;
        changed.stream().filter(topic -> hasStreams(before, topic)).forEach(streams::open);
        // What one commit made and removed again is opened first, or it stays.
        gone.forEach(streams::drop);
        changed.forEach(streams::seen);
        effects.flush();
    }

    private static boolean hasStreams(Catalog before, Topic topic) {
        Topic known = before.topic(topic.id());
        return known != null && known.partitions().equals(topic.partitions());
    }

    @Override
    public void leading(long epoch) {
        leading = true;
        committed();
    }

    @Override
    public Snapshot checkpoint() {
        return new MetaSnapshot(catalog);
    }

    @Override
    public void restore(ByteBuffer cell) {
        MetaRestorer now = restorer == null ? new MetaRestorer() : restorer;
        restorer = now;
        now.restore(cell);
    }

    @Override
    public void restored() {
        if (restorer != null) {
            catalog = restorer.finish(Catalog.empty(builtIns));
            restorer = null;
        }
        visible = catalog;
    }
}
