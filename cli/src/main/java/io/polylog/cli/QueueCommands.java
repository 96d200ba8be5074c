package io.polylog.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `polylog queue`.
@Command(
        name = "queue",
        description = "Pauses, resumes, empties and removes queues.",
        mixinStandardHelpOptions = true,
        subcommands = {
            QueueCommands.Pause.class,
            QueueCommands.Resume.class,
            QueueCommands.Purge.class,
            QueueCommands.Delete.class
        })
final class QueueCommands {
    /// Does something with a queue, or a subscription of a topic.
    abstract static class OfQueue implements Runnable {
        @Mixin final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The queue or topic.")
        String name = "";

        @Option(names = "--subscription", description = "This subscription of it only.")
        String subscription = "";

        Map<String, Object> target() {
            Map<String, Object> target = new LinkedHashMap<>();
            target.put("name", name);
            target.put("subscription", subscription);
            return target;
        }
    }

    @Command(name = "pause", description = "Deliver nothing until it is resumed.")
    static final class Pause extends OfQueue {
        @Override
        public void run() {
            api.post("queues/pause", target());
            System.out.println(name + " is paused");
        }
    }

    @Command(name = "resume", description = "Deliver again.")
    static final class Resume extends OfQueue {
        @Override
        public void run() {
            api.post("queues/resume", target());
            System.out.println(name + " is served");
        }
    }

    @Command(name = "purge", description = "Remove everything that is ready.")
    static final class Purge extends OfQueue {
        @Override
        public void run() {
            long count = api.post("queues/purge", target()).path("count").asLong();
            System.out.println(count + " removed");
        }
    }

    @Command(name = "delete", description = "Remove a queue and all that is in it.")
    static final class Delete implements Runnable {
        @Mixin private final Api api = new Api();

        @Parameters(paramLabel = "NAME", description = "The queue or topic.")
        private String name = "";

        @Option(names = "--if-unused", description = "Only if it has no consumers.")
        private boolean ifUnused;

        @Option(names = "--if-empty", description = "Only if nothing is in it.")
        private boolean ifEmpty;

        @Override
        public void run() {
            Map<String, ?> body = Map.of("name", name, "ifUnused", ifUnused, "ifEmpty", ifEmpty);
            long count = api.post("queues/delete", body).path("count").asLong();
            System.out.println(name + " is removed, with " + count + " messages");
        }
    }
}
