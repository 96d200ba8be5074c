package io.polylog.architecture;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The table of rooms: a room is a package below `io.polylog` with all its sub-packages; each wire
/// below `protocol` is a room of its own. To let a room import one more room or library, change the
/// table here and in ARCHITECTURE.md.
final class Rooms {
    static final String ROOT = "io.polylog";
    private static final String ANY_WIRE = "protocol.*";

    /// Room to the rooms it may import beside itself. Nobody may import a wire: no adapter is
    /// imported by another, nor by the core.
    private static final Map<String, Set<String>> IMPORTS =
            Map.ofEntries(
                    Map.entry("message", Set.of()),
                    Map.entry("calendar", Set.of()),
                    Map.entry("io", Set.of()),
                    Map.entry("log", Set.of("message", "io")),
                    Map.entry("broker", Set.of("message", "io", "log", "security", "metrics")),
                    Map.entry("security", Set.of("message", "io")),
                    Map.entry("net", Set.of("io", "security", "metrics")),
                    Map.entry(
                            ANY_WIRE,
                            Set.of("net", "broker", "message", "calendar", "security", "metrics")),
                    Map.entry("http", Set.of("net", "broker", "message", "security")),
                    Map.entry(
                            "protocol.http",
                            Set.of("http", "net", "broker", "message", "calendar", "security")),
                    Map.entry(
                            "protocol.webhook",
                            Set.of("http", "net", "broker", "message", "security", "metrics")),
                    Map.entry(
                            "admin",
                            Set.of(
                                    "http",
                                    "broker",
                                    "message",
                                    "net",
                                    "security",
                                    "metrics",
                                    "config")),
                    Map.entry("config", Set.of("message")),
                    Map.entry("metrics", Set.of()),
                    Map.entry("cli", Set.of("config")));

    /// The one room that may import every other.
    private static final String ASSEMBLY = "server";

    private static final List<String> JDK_AND_ANNOTATIONS =
            List.of(
                    "java.",
                    "javax.",
                    "jdk.",
                    "com.sun.",
                    "org.jspecify.",
                    "com.google.errorprone.");

    /// Library to the rooms that may import it. A library has few rooms, so that it can be
    /// replaced.
    private static final Map<String, Set<String>> LIBRARIES =
            Map.ofEntries(
                    Map.entry("io.netty.", Set.of("net", "http", ANY_WIRE)),
                    Map.entry("org.apache.kafka.", Set.of("protocol.kafka")),
                    Map.entry("com.yammer.metrics.", Set.of("protocol.kafka")),
                    Map.entry("tools.jackson.", Set.of("broker", "http", "admin", "cli", ANY_WIRE)),
                    Map.entry("dev.cel.", Set.of("broker")),
                    Map.entry("com.networknt.schema.", Set.of("broker")),
                    Map.entry("com.google.re2j.", Set.of("broker")),
                    Map.entry("com.fasterxml.jackson.annotation.", Set.of("protocol.http")),
                    Map.entry("org.tomlj.", Set.of("config")),
                    Map.entry("ch.qos.logback.", Set.of(ASSEMBLY)),
                    Map.entry("io.micrometer.", Set.of("metrics")),
                    Map.entry("io.prometheus.", Set.of("metrics")),
                    Map.entry("org.HdrHistogram.", Set.of("metrics")),
                    Map.entry(
                            "org.slf4j.",
                            Set.of("log", "broker", "security", "net", "http", ANY_WIRE, "admin")),
                    Map.entry("org.jctools.", Set.of("log", "broker", "net", ANY_WIRE)),
                    Map.entry("org.agrona.", Set.of("log", "broker", "net", ANY_WIRE)),
                    Map.entry("org.pcollections.", Set.of("broker")),
                    Map.entry("org.roaringbitmap.", Set.of("log", "broker")),
                    Map.entry("org.apache.activemq.artemis.", Set.of("broker")),
                    Map.entry("com.github.benmanes.caffeine.", Set.of("log", "broker", ANY_WIRE)),
                    Map.entry("com.github.luben.zstd.", Set.of(ANY_WIRE)),
                    Map.entry("net.jpountz.", Set.of(ANY_WIRE)),
                    Map.entry("org.xerial.snappy.", Set.of(ANY_WIRE)));

    private Rooms() {}

    /// Why a class of the one package may not use a class of the other; empty when it may.
    static Optional<String> refusal(String fromPackage, String toPackage) {
        String from = roomOf(fromPackage);
        if (!from.equals(ASSEMBLY) && !IMPORTS.containsKey(keyOf(from))) {
            return Optional.of("room '" + from + "' is not in the table of rooms");
        }
        if (isOurs(toPackage)) {
            return refusalOfRoom(from, roomOf(toPackage));
        }
        return refusalOfLibrary(from, toPackage + ".");
    }

    private static Optional<String> refusalOfRoom(String from, String to) {
        boolean allowed =
                from.equals(to) || from.equals(ASSEMBLY) || importsOf(from).contains(keyOf(to));
        return allowed
                ? Optional.empty()
                : Optional.of("room '" + from + "' may not import room '" + to + "'");
    }

    private static Optional<String> refusalOfLibrary(String from, String packageName) {
        if (JDK_AND_ANNOTATIONS.stream().anyMatch(packageName::startsWith)) {
            return Optional.empty();
        }
        boolean allowed =
                LIBRARIES.entrySet().stream()
                        .filter(library -> packageName.startsWith(library.getKey()))
                        .map(Map.Entry::getValue)
                        .anyMatch(rooms ->
                                rooms.contains(from)
                                        || rooms.contains(keyOf(from))
                                        || from.equals(ASSEMBLY));
        return allowed
                ? Optional.empty()
                : Optional.of("room '" + from + "' may not import library '" + packageName + "'");
    }

    static boolean isOurs(String packageName) {
        return packageName.equals(ROOT) || packageName.startsWith(ROOT + ".");
    }

    static String roomOf(String packageName) {
        if (packageName.equals(ROOT)) {
            return "";
        }
        String[] parts = packageName.substring(ROOT.length() + 1).split("\\.", -1);
        return parts[0].equals("protocol") && parts.length > 1 ? "protocol." + parts[1] : parts[0];
    }

    /// What one wire may, if it has an entry of its own, else what all may.
    private static Set<String> importsOf(String room) {
        Set<String> own = IMPORTS.get(room);
        return own == null ? IMPORTS.get(keyOf(room)) : own;
    }

    private static String keyOf(String room) {
        return isWire(room) ? ANY_WIRE : room;
    }

    private static boolean isWire(String room) {
        return room.startsWith("protocol.");
    }
}
