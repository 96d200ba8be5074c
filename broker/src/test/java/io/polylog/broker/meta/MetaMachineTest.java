package io.polylog.broker.meta;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.DeclareTopicCommand;
import io.polylog.broker.command.DeleteTopicCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.RuleCommand;
import io.polylog.log.ShardMachine.Entry;
import io.polylog.log.ShardMachine.Logged;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What shards hear of the definitions, and what everybody sees of them at that moment.
final class MetaMachineTest {
    private static final TopicName QUEUE = TopicName.of("q");
    private static final UUID ID = new UUID(1, 2);
    private static final Rule SHORT =
            new Rule(
                    QUEUE.namespace(),
                    "short",
                    "^q",
                    0,
                    Expiry.NEVER,
                    new Limits(1, -1, Overflow.DROP_OLDEST),
                    new DeadLetters("", "dead"),
                    Filter.NONE,
                    "",
                    null,
                    KeyOrder.NONE);

    private final MetaMachine machine = new MetaMachine(new BuiltIns(List.of(), "subjects"));
    private final List<String> heard = new ArrayList<>();
    private long index;

    /// Notes what is heard and whether it can be seen already.
    private final class Ear implements MetaMachine.Streams {
        @Override
        public void open(Topic topic) {
            heard.add("open, " + (isSeen(topic) ? "seen" : "not seen"));
        }

        @Override
        public void seen(Topic topic) {
            heard.add("seen");
        }

        @Override
        public void drop(Topic topic) {
            heard.add("drop");
        }

        private boolean isSeen(Topic topic) {
            Topic visible = machine.catalog().topic(topic.id());
            return visible != null && visible.policy().equals(topic.policy());
        }
    }

    @BeforeEach
    void lead() {
        machine.streams(new Ear());
        machine.leading(1);
    }

    private static Logged logged(int type, HeadWriter head) {
        return new Logged(type, 0, head.toBuffer(), null);
    }

    private static Logged declare() {
        TopicSpec spec =
                new TopicSpec(
                        QUEUE,
                        Form.MESSAGES,
                        1,
                        Retention.QUEUE,
                        Lifetime.DURABLE,
                        QueuePolicy.NONE,
                        Map.of());
        HeadWriter head = new HeadWriter(64);
        new DeclareTopicCommand(spec, ID, 0, 3, null).encode(head);
        return logged(DeclareTopicCommand.TYPE, head);
    }

    private static Logged rule() {
        HeadWriter head = new HeadWriter(64);
        new RuleCommand(SHORT, true).encode(head);
        return logged(RuleCommand.TYPE, head);
    }

    private static Logged delete() {
        HeadWriter head = new HeadWriter(64);
        new DeleteTopicCommand(ID).encode(head);
        return logged(DeleteTopicCommand.TYPE, head);
    }

    private void commit(Logged... commands) {
        machine.apply(new Entry(++index, 1, index, List.of(commands), null));
        machine.committed();
    }

    /// A shard that drops what is too much asks at once what becomes of it.
    @Test
    void aPolicyIsSeenByEverybodyBeforeTheStreamsHearOfIt() {
        commit(declare());
        heard.clear();
        commit(rule());
        assertThat(heard).containsExactly("open, seen", "seen");
    }

    @Test
    void aNewTopicIsSeenWhenItsStreamsAreOnTheirWay() {
        commit(declare());
        assertThat(heard).containsExactly("open, not seen", "seen");
    }

    @Test
    void whatOneCommitChangesAndRemovesIsDroppedLast() {
        commit(declare());
        heard.clear();
        commit(rule(), delete());
        assertThat(heard).containsExactly("open, not seen", "drop", "seen");
    }
}
