package io.polylog.server;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// The flags of `polylog serve`.
///
/// @param config the configuration file
/// @param data the data directory
/// @param assignments `key=value` in the order given
record ServeArguments(Optional<String> config, Optional<String> data, List<String> assignments) {
    static final String USAGE =
            "usage: polylog serve [--config FILE] [--data DIR] [--set KEY=VALUE ...]";

    /// A command line that makes no sense.
    static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }

    /// Reads the flags; a value follows its flag as the next argument or after `=`.
    static ServeArguments parse(List<String> arguments) throws UsageException {
        Optional<String> config = Optional.empty();
        Optional<String> data = Optional.empty();
        List<String> assignments = new ArrayList<>();
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            int equals = argument.indexOf('=');
            String flag = equals < 0 ? argument : argument.substring(0, equals);
            switch (flag) {
                case "--config" -> config = Optional.of(value(argument, equals, rest));
                case "--data" -> data = Optional.of(value(argument, equals, rest));
                case "--set" -> assignments.add(value(argument, equals, rest));
                default -> throw new UsageException("unknown argument " + argument);
            }
        }
        return new ServeArguments(config, data, List.copyOf(assignments));
    }

    private static String value(String argument, int equals, Iterator<String> rest)
            throws UsageException {
        if (equals >= 0) {
            return argument.substring(equals + 1);
        }
        if (!rest.hasNext()) {
            throw new UsageException(argument + " needs a value");
        }
        return rest.next();
    }
}
