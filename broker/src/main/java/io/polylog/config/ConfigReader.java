package io.polylog.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Puts a configuration together: call in the order in which the later wins (file, conf.d,
/// environment, command line), then [#read]. One thread, once.
public final class ConfigReader {
    private static final String PREFIX = "POLYLOG_";

    /// Read by the launcher, not by the broker.
    private static final Set<String> LAUNCHER = Set.of("POLYLOG_JAVA_HOME", "POLYLOG_JAVA_OPTS");

    private final KeyNames names;
    private final Map<String, Given> given = new HashMap<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    public ConfigReader() {
        this(new KeyNames(Config.SETTINGS, List.of()));
    }

    ConfigReader(KeyNames names) {
        this.names = names;
    }

    /// The configuration where nobody says anything.
    public static Config defaults() {
        try {
            return new ConfigReader().read();
        } catch (ConfigException e) {
            throw new IllegalStateException("the defaults do not hold", e);
        }
    }

    /// Takes a TOML file in.
    ///
    /// @param file its name, for errors
    public ConfigReader toml(String file, String text) {
        given.putAll(TomlText.read(file, text, names, problems));
        return this;
    }

    /// Takes the POLYLOG_ variables in. One that sets nothing is a warning only: container
    /// platforms put variables such as POLYLOG_PORT there for a service of that name.
    public ConfigReader environment(Map<String, String> variables) {
        variables.forEach((variable, value) -> {
            if (variable.startsWith(PREFIX) && !LAUNCHER.contains(variable)) {
                variable(variable, value);
            }
        });
        return this;
    }

    /// Takes one `key=value` of the command line in.
    public ConfigReader set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            problems.add("--set " + assignment + ": write --set key=value");
            return this;
        }
        return set(
                assignment.substring(0, equals).strip(), assignment.substring(equals + 1), "--set");
    }

    /// Takes one value of the command line in.
    ///
    /// @param flag which flag said it, for errors
    public ConfigReader set(String key, String value, String flag) {
        if (names.has(key)) {
            given.put(key, new Given(value.strip(), flag));
        } else {
            problems.add(flag + ": " + names.refusal(key));
        }
        return this;
    }

    /// Writes down a problem met while gathering the texts, to be told with the others.
    public ConfigReader problem(String what) {
        problems.add(what);
        return this;
    }

    /// What should be looked at but stops nothing.
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /// The configuration.
    ///
    /// @throws ConfigException with everything that is wrong
    public Config read() throws ConfigException {
        Config config = Config.of(new Values(given, problems));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return config;
    }

    private void variable(String variable, String value) {
        names.byVariable(variable)
                .ifPresentOrElse(
                        setting -> given.put(setting.key(), new Given(value.strip(), variable)),
                        () -> warnings.add("the variable " + variable + " sets nothing"));
    }
}
