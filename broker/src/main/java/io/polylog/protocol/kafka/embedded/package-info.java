/// Kafka's own group coordinator on our log: Kafka's classes decide about members, generations and
/// offsets; we give them a loop, a timer, a log and the names of topics. Nothing outside this
/// package (and its doorways in Kafka's packages) names a class of Kafka's server, and nothing here
/// is loaded before the first request about a group.
///
/// Threads: everything runs on one thread of its own,
/// [io.polylog.protocol.kafka.embedded.GroupLoop]; requests come in from event loops, and futures
/// complete on that thread.
@NullMarked
package io.polylog.protocol.kafka.embedded;

import org.jspecify.annotations.NullMarked;
