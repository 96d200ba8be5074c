package io.polylog.broker.proof;

import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A listener that remembers what it heard.
final class Ears implements LiveListener {
    final List<LiveMessage> messages = new ArrayList<>();
    private int since;

    /// How many came together each time.
    final List<Integer> together = new ArrayList<>();

    /// Listens to some patterns.
    static Ears of(Peer peer, String... patterns) {
        return of(peer, Live.Terms.ALL, patterns);
    }

    /// Listens to some patterns.
    static Ears of(Peer peer, Live.Terms terms, String... patterns) {
        Ears ears = new Ears();
        Live live = peer.session.listen(Specs.NS, terms, ears);
        Arrays.stream(patterns).forEach(live::add);
        return ears;
    }

    @Override
    public void heard(LiveMessage message) {
        messages.add(message);
        since++;
    }

    @Override
    public void through() {
        together.add(since);
        since = 0;
    }

    List<String> texts() {
        return messages.stream()
                .map(each -> each.content().bytes().duplicate())
                .map(bytes -> StandardCharsets.UTF_8.decode(bytes).toString())
                .toList();
    }

    List<String> subjects() {
        return messages.stream().map(LiveMessage::subject).toList();
    }
}
