package io.polylog.protocol.mqtt;

import io.polylog.metrics.Counter;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// What all connections share. Any thread.
///
/// @param seams what the adapter was given
/// @param claims who is connected under which name
/// @param store what is remembered of sessions
/// @param groups who takes part in which shared subscription
/// @param home what happens without a connection
/// @param retained the last messages of topics
/// @param sys what the broker says of itself
/// @param received counts messages from clients
/// @param sent counts messages to clients
/// @param waiting bytes that wait in memory for clients
record MqttNode(
        MqttProtocol.Seams seams,
        Claims claims,
        SessionStore store,
        SharedGroups groups,
        Home home,
        Retained retained,
        SystemTopics sys,
        LongAdder received,
        LongAdder sent,
        AtomicLong waiting) {

    static MqttNode of(MqttProtocol.Seams seams) {
        Claims claims = new Claims();
        SessionStore store = new SessionStore();
        SharedGroups groups = new SharedGroups();
        Home home = new Home(seams, store, claims, groups);
        LongAdder received = new LongAdder();
        LongAdder sent = new LongAdder();
        SystemTopics sys = new SystemTopics(seams, claims, received, sent);
        Retained retained = new Retained(home, seams.codecs());
        return new MqttNode(
                seams,
                claims,
                store,
                groups,
                home,
                retained,
                sys,
                received,
                sent,
                new AtomicLong());
    }

    MqttSettings settings() {
        return seams.settings();
    }

    /// Counts what a client at QoS 0 could not take.
    Counter lost() {
        return seams.lost();
    }
}
