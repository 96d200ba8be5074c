package io.polylog.broker.proof;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import org.jspecify.annotations.Nullable;

/// A consumer of a history: hands each delivery to its client and watches its credit.
final class Feed implements DeliveryListener {
    final Account account;
    private final Client client;
    private final int credit;
    @Nullable Consumer consumer;
    private boolean closed;
    int held;

    Feed(Client client, Account account, int credit) {
        this.client = client;
        this.account = account;
        this.credit = credit;
    }

    @Override
    public boolean deliver(Delivery delivery) {
        client.world().check(() -> take(delivery));
        return true;
    }

    private void take(Delivery delivery) {
        if (closed) {
            throw new Violation("a closed consumer of " + account.name + " gets a delivery");
        }
        held++;
        if (held > credit) {
            throw new Violation(account.name + " gives more than the credit of " + credit);
        }
        client.hold(account, delivery, this);
    }

    @Override
    public void paused() {}

    @Override
    public void cancelled() {
        closed = true;
    }

    @Override
    public void failed(BrokerException why) {
        client.world()
                .check(() -> {
                    throw new Violation(
                            "a consumer of " + account.name + " fails: " + why.getMessage());
                });
    }

    void close() {
        closed = true;
        Consumer attached = consumer;
        if (attached != null) {
            attached.close();
        }
    }

    /// Whether it could take one more.
    boolean isHungry() {
        return !closed && consumer != null && held < credit;
    }

    boolean isClosed() {
        return closed;
    }
}
