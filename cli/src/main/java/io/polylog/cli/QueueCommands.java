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
        description = "Pauses, resumes, empties, replays and removes queues.",
        mixinStandardHelpOptions = true,
        subcommands = {
            QueueCommands.Pause.class,
            QueueCommands.Resume.class,
            QueueCommands.Purge.class,
            QueueCommands.Reset.class,
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

    @Command(
            name = "reset",
            description = {
                "Deliver once more what is settled and kept: of a queue that was declared with",
                "x-polylog-keep-ms or -bytes, or of a subscription."
            })
    static final class Reset extends OfQueue {
        @Option(
                names = "--to",
                required = true,
                paramLabel = "first|last|OFFSET|TIME",
                description = "From where on; a time is such as 2026-01-31T12:00:00Z.")
        private String to = "";

        @Override
        public void run() {
            Map<String, Object> again = target();
            again.put("to", to);
            long count = api.post("queues/reset", again).path("count").asLong();
            System.out.println(count + " to be delivered once more");
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
