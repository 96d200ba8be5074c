package io.polylog.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import java.util.Map;
import java.util.Set;

/// What only the room `io` may touch: files, system time, threads and randomness. Everyone else
/// takes them as parameters, so that a simulation can replace them.
final class MachineAccess {
    /// Rooms and packages that may: the seam itself, and Kafka's coordinators, which bring threads.
    private static final Set<String> EXEMPT =
            Set.of(Rooms.ROOT + ".io", Rooms.ROOT + ".protocol.kafka.embedded");

    private static final Set<String> TYPES =
            Set.of(
                    "java.nio.channels.FileChannel",
                    "java.nio.channels.AsynchronousFileChannel",
                    "java.nio.file.Files",
                    "java.io.File",
                    "java.io.FileInputStream",
                    "java.io.FileOutputStream",
                    "java.io.FileReader",
                    "java.io.FileWriter",
                    "java.io.RandomAccessFile",
                    "java.util.Random",
                    "java.util.SplittableRandom",
                    "java.util.random.RandomGenerator",
                    "java.security.SecureRandom",
                    "java.util.concurrent.ThreadLocalRandom",
                    "java.util.concurrent.Executors",
                    "java.util.concurrent.ForkJoinPool",
                    "java.util.concurrent.ThreadPoolExecutor",
                    "java.util.concurrent.ScheduledThreadPoolExecutor",
                    "java.util.Timer",
                    "java.util.TimerTask");

    private static final Map<String, Set<String>> CALLS =
            Map.ofEntries(
                    Map.entry("java.lang.System", Set.of("currentTimeMillis", "nanoTime")),
                    Map.entry(
                            "java.lang.Thread",
                            Set.of(
                                    "<init>",
                                    "sleep",
                                    "ofPlatform",
                                    "ofVirtual",
                                    "startVirtualThread")),
                    Map.entry("java.lang.Math", Set.of("random")),
                    Map.entry("java.util.UUID", Set.of("randomUUID")),
                    Map.entry("java.util.Date", Set.of("<init>")),
                    Map.entry("java.time.Instant", Set.of("now")),
                    Map.entry("java.time.LocalDate", Set.of("now")),
                    Map.entry("java.time.LocalDateTime", Set.of("now")),
                    Map.entry("java.time.OffsetDateTime", Set.of("now")),
                    Map.entry("java.time.ZonedDateTime", Set.of("now")),
                    Map.entry("java.time.Clock", Set.of("systemUTC", "systemDefaultZone")),
                    Map.entry(
                            "java.util.concurrent.locks.LockSupport",
                            Set.of("parkNanos", "parkUntil")),
                    Map.entry(
                            "java.util.concurrent.CompletableFuture",
                            Set.of(
                                    "runAsync",
                                    "supplyAsync",
                                    "orTimeout",
                                    "completeOnTimeout",
                                    "delayedExecutor")),
                    Map.entry("java.util.Collection", Set.of("parallelStream")));

    private MachineAccess() {}

    static boolean isExempt(JavaClass javaClass) {
        String name = javaClass.getPackageName();
        return EXEMPT.stream().anyMatch(room -> name.equals(room) || name.startsWith(room + "."));
    }

    static boolean isForbiddenType(String typeName) {
        return TYPES.contains(typeName);
    }

    static boolean isForbiddenCall(String typeName, String methodName) {
        return CALLS.getOrDefault(typeName, Set.of()).contains(methodName);
    }
}
