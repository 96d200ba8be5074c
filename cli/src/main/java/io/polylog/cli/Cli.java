package io.polylog.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The root of the administration commands. The exit code is 0 done, 1 failed, 2 usage, 3 partly
/// done, 4 not found, 5 denied, 6 not reachable, 7 timed out, 8 conflict.
@Command(
        name = "polylog",
        description = "Administers a running broker.",
        subcommands = {
            PubCommand.class,
            SubCommand.class,
            QueueCommands.class,
            MessageCommands.class,
            DlqCommands.class,
            ConnectionCommands.class,
            PolicyCommands.class,
            ScheduleCommands.class
        })
public final class Cli {
    @SuppressWarnings("UnusedVariable") // picocli acts on the option itself
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this help.")
    private boolean help;

    private Cli() {}

    /// Runs one command.
    public static void main(String[] args) {
        CommandLine commands = new CommandLine(new Cli());
        commands.setExecutionExceptionHandler((failure, line, _) -> {
            String message = failure.getMessage();
            line.getErr().println("polylog: " + (message == null ? failure : message));
            return failure instanceof Failed failed ? failed.code() : 1;
        });
        System.exit(commands.execute(args));
    }
}
