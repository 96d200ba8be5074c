package io.polylog.protocol.amqp091;

import io.polylog.broker.Delivery;
import io.polylog.broker.Settlement;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Every settlement of one channel: basic.ack, nack, reject and recover. On the connection's loop.
final class SettleMethods {
    private final AmqpChannel channel;
    private final DeliveryWindow window;
    private int returning;

    SettleMethods(AmqpChannel channel, DeliveryWindow window) {
        this.channel = channel;
        this.window = window;
    }

    void basicAck(BasicAck method) {
        if (channel.transaction().isSelected()) {
            channel.transaction()
                    .settle(named(method.deliveryTag(), method.multiple()), Settlement.ACCEPT);
            return;
        }
        Handover handover = channel.handover();
        if (method.multiple()) {
            upTo(method.deliveryTag()).forEach(entry -> handover.accept(entry.delivery()));
        } else {
            handover.accept(one(method.deliveryTag()).delivery());
        }
        settled();
    }

    void basicNack(BasicNack method) {
        settle(named(method.deliveryTag(), method.multiple()), method.requeue());
    }

    void basicReject(BasicReject method) {
        settle(List.of(one(method.deliveryTag())), method.requeue());
    }

    private void settle(List<Unacked.Entry> entries, boolean requeue) {
        if (channel.transaction().isSelected()) {
            channel.transaction().settle(entries, requeue ? returned() : rejected());
        } else {
            refuse(entries, requeue);
        }
    }

    void basicRecover(BasicRecover method) {
        window.recovering(true);
        recover(method.requeue());
        channel.whenQuiet(
                method,
                () -> {
                    channel.reply(new BasicRecoverOk());
                    window.recovering(false);
                    channel.consumers().resume();
                });
    }

    void basicRecoverAsync(BasicRecoverAsync method) {
        recover(method.requeue());
    }

    private void recover(boolean requeue) {
        if (!requeue) {
            throw AmqpException.of(ReplyCode.NOT_IMPLEMENTED, "requeue=false");
        }
        refuse(window.unacked().removeUpTo(0), true);
    }

    private List<Unacked.Entry> named(long tag, boolean multiple) {
        return multiple ? upTo(tag) : List.of(one(tag));
    }

    private Unacked.Entry one(long tag) {
        Unacked.Entry entry = window.unacked().remove(tag);
        if (entry == null) {
            throw unknownTag(tag);
        }
        return entry;
    }

    private List<Unacked.Entry> upTo(long tag) {
        List<Unacked.Entry> entries = window.unacked().removeUpTo(tag);
        if (entries.isEmpty() && tag != 0) {
            throw unknownTag(tag);
        }
        return entries;
    }

    private static AmqpException unknownTag(long tag) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "unknown delivery tag " + Long.toUnsignedString(tag));
    }

    private void refuse(List<Unacked.Entry> entries, boolean requeue) {
        List<Delivery> refused = new ArrayList<>(entries.size());
        entries.forEach(entry -> refused.add(entry.delivery()));
        if (requeue) {
            giveBack(refused, returned(), true);
        } else if (!refused.isEmpty()) {
            channel.session().settle(refused, rejected(), false);
        }
        settled();
    }

    /// There may be room for more.
    void settled() {
        window.sendHeld();
        if (window.isLimited()) {
            channel.consumers().resume();
        }
    }

    private Settlement returned() {
        return Settlement.RELEASE.because("given back by " + channel);
    }

    private Settlement rejected() {
        return Settlement.REJECT.because("rejected by " + channel);
    }

    /// Puts deliveries back to their places.
    ///
    /// @param how with what is said of them
    /// @param watched whether methods that must see them there wait for it
    CompletionStage<Void> giveBack(List<Delivery> back, Settlement how, boolean watched) {
        if (back.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        channel.handover().now();
        CompletionStage<Void> stage = channel.session().settle(back, how, watched);
        if (watched) {
            returning++;
            stage.whenComplete((done, failure) -> {
                returning--;
                channel.progress();
            });
        }
        return stage;
    }

    /// Releases on their way to the core.
    int returning() {
        return returning;
    }

    /// Gives back everything that is not settled: the channel ends.
    CompletionStage<Void> giveBackAll() {
        List<Delivery> back = new ArrayList<>();
        window.unacked().removeUpTo(0).forEach(entry -> back.add(entry.delivery()));
        back.addAll(channel.transaction().discard());
        back.addAll(window.takeHeld(null));
        return giveBack(back, Settlement.RELEASE.because(channel + " ended"), true);
    }
}
