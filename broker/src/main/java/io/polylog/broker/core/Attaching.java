package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenSubscriptionCommand;
import io.polylog.broker.shard.Serving.Attached;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A consumer on its way to all partitions of its topic. The subscription is made where it is
/// missing, on the first partition last: where that one has it, it was whole once, and a partition
/// without it is a later one, owed from its beginning. On the session's loop.
final class Attaching {
    private final CoreSession session;
    private final LoopConsumer consumer;
    private final CompletableFuture<Consumer> done;
    private final String name;
    private final Lane first;
    private final List<Lane> others;
    private int waitingFor;
    private @Nullable BrokerException failure;

    Attaching(CoreSession session, LoopConsumer consumer, CompletableFuture<Consumer> done) {
        this.session = session;
        this.consumer = consumer;
        this.done = done;
        name = consumer.spec().subscription().name();
        first = consumer.lanes().getFirst();
        others = consumer.lanes().subList(1, consumer.lanes().size());
    }

    void begin() {
        attach(
                first,
                () -> attachOthers(Start.Edge.FIRST, this::over),
                () -> {
                    Start start = consumer.spec().start();
                    attachOthers(start, () -> make(first, start, this::over));
                });
    }

    private void attachOthers(Start start, Runnable then) {
        if (failure != null || others.isEmpty()) {
            then.run();
            return;
        }
        waitingFor = others.size();
        Runnable oneIsThere =
                () -> {
                    waitingFor--;
                    if (waitingFor == 0) {
                        then.run();
                    }
                };
        others.forEach(lane -> attach(lane, oneIsThere, () -> make(lane, start, oneIsThere)));
    }

    /// @param missing goes on where the subscription is not there
    private void attach(Lane lane, Runnable attached, Runnable missing) {
        lane.port.ask(
                session.loop(),
                serving -> serving.attach(lane.stream, name, consumer.terms(), lane),
                answer -> {
                    switch (answer) {
                        case Attached.Done(var attachment) -> {
                            lane.attached(attachment);
                            session.consumers().attached(lane);
                            attached.run();
                        }
                        case Attached.Refused(var why) -> failed(why.exception(), attached);
                        case Attached.Missing() -> missing.run();
                    }
                });
    }

    /// Remembers why it will not be, and goes on so that all that was begun has an end.
    private void failed(BrokerException why, Runnable then) {
        failure = why;
        then.run();
    }

    private void make(Lane lane, Start start, Runnable then) {
        if (failure != null) {
            then.run();
            return;
        }
        TopicName topic = lane.topic().spec().name();
        try {
            FirstOffset.of(session, topic, lane.partition(), start)
                    .thenAccept(from -> make(lane, from, then));
        } catch (BrokerException gone) {
            failed(gone, then);
        }
    }

    private void make(Lane lane, long from, Runnable then) {
        HeadWriter head = new HeadWriter(64);
        new OpenSubscriptionCommand(lane.stream, name, from).encode(head);
        Ask ask = new Ask(session.loop());
        lane.port.propose(
                ask.batch(
                        Command.of(OpenSubscriptionCommand.TYPE, head.toBuffer()), Urgency.SETTLE));
        ask.answer()
                .whenComplete((_, refused) -> {
                    if (refused instanceof BrokerException why) {
                        failed(why, then);
                    } else {
                        attach(lane, then, () -> failed(gone(), then));
                    }
                });
    }

    private static BrokerException gone() {
        return new BrokerException(Kind.NOT_FOUND, "the topic went away");
    }

    private void over() {
        if (failure == null && consumer.isClosed()) {
            failure = gone();
        }
        if (failure != null) {
            session.consumers().close(consumer);
            done.completeExceptionally(failure);
        } else {
            done.complete(consumer);
            consumer.start();
        }
    }
}
