package io.polylog.bench;

import picocli.CommandLine.Option;

/// What each command line of the load tool has.
final class HelpOption {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this.")
    @SuppressWarnings("UnusedVariable") // read by the parser
    private boolean wanted;
}
