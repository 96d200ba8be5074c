package io.polylog.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The root of the administration commands. The exit code is 0 done, 1 failed, 2 usage.
@Command(name = "polylog", description = "Administers a running broker.")
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
        System.exit(new CommandLine(new Cli()).execute(args));
    }
}
