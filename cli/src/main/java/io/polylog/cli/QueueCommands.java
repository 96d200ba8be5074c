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
        description = "Pauses, resumes and empties queues.",
        mixinStandardHelpOptions = true,
        subcommands = {
            QueueCommands.Pause.class,
            QueueCommands.Resume.class,
            QueueCommands.Purge.class
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
            api.post("pause", target());
            System.out.println(name + " is paused");
        }
    }

    @Command(name = "resume", description = "Deliver again.")
    static final class Resume extends OfQueue {
        @Override
        public void run() {
            api.post("resume", target());
            System.out.println(name + " is served");
        }
    }

    @Command(name = "purge", description = "Remove everything that is ready.")
    static final class Purge extends OfQueue {
        @Override
        public void run() {
            long count = api.post("purge", target()).path("count").asLong();
            System.out.println(count + " removed");
        }
    }
}
