package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.TransactionException;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.log.Batch;
import io.polylog.log.Command;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// One command whose answer a stage carries; the stage completes on the mailbox.
final class Ask extends Request {
    private final CompletableFuture<Object> answer = new CompletableFuture<>();
    private volatile @Nullable Result result;
    private Batch.@Nullable Refusal refusal;

    Ask(Mailbox mailbox) {
        super(mailbox);
    }

    CompletableFuture<Object> answer() {
        return answer;
    }

    Batch batch(Command command, Batch.Urgency urgency) {
        return new Batch(List.of(command), urgency, this);
    }

    @Override
    public void result(int command, Result said) {
        result = said;
    }

    /// Why it was refused, or null.
    Batch.@Nullable Refusal refusal() {
        return refusal;
    }

    @Override
    public void answered(Batch.@Nullable Refusal why) {
        refusal = why;
        if (refusal != null) {
            answer.completeExceptionally(meaning(refusal));
            return;
        }
        switch (result) {
            case Result.Failed failed -> answer.completeExceptionally(failed.exception());
            case Result.Outrun outrun ->
                    answer.completeExceptionally(
                            new BrokerException(
                                    BrokerException.Kind.CONFLICT,
                                    "the newest message is " + outrun.newest()));
            case Result.Barred barred ->
                    answer.completeExceptionally(
                            new TransactionException(
                                    barred.command(), barred.why(), barred.limit()));
            case Result.Full full ->
                    answer.completeExceptionally(
                            new BrokerException(
                                    Kind.FULL, "it holds as much as it may: " + full.limit()));
            case Result.Value value -> answer.complete(value.value());
            case Result.Placed placed -> answer.complete(placed);
            case Result.Appended appended -> answer.complete(appended.result());
            case null -> answer.complete(true);
        }
    }

    /// What a refusal means to somebody who asked.
    static BrokerException meaning(Batch.Refusal refusal) {
        return switch (refusal) {
            case DISK_FULL -> new BrokerException(Kind.DISK_FULL, "the disk is full");
            case BUSY -> new BrokerException(Kind.BUSY, "too much is waiting");
            case CLOSED -> new BrokerException(Kind.CLOSED, "the broker is closing");
            case NOT_LEADER, UNKNOWN ->
                    new BrokerException(Kind.CLOSED, "it is not known whether it was done");
        };
    }
}
