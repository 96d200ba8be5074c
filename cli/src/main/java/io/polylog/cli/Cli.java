package io.polylog.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Spec;

/** The root of the administration commands; without a command it prints what there is. */
@Command(name = "polylog", mixinStandardHelpOptions = true, version = "polylog 0.1.0-SNAPSHOT")
public final class Cli implements Runnable {
    private static final int USAGE = 2;

    @Spec private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    /** Runs one command; the exit code is 0 done, 1 failed, 2 usage. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Cli()).execute(args));
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "a command is needed (exit code " + USAGE + ")");
    }
}
