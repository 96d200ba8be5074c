package io.polylog.server;

import io.polylog.config.ConfigReader;
import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/// Brings the texts of all sources to the configuration reader, in their order: the file, what lies
/// in `conf.d` beside it, the environment, the command line. A file that cannot be read is one
/// problem among the others.
final class ConfigFiles {
    private final Disk disk;

    ConfigFiles(Disk disk) {
        this.disk = disk;
    }

    ConfigReader read(ServeArguments arguments, Map<String, String> environment) {
        ConfigReader reader = new ConfigReader();
        arguments.config().ifPresent(file -> files(reader, Path.of(file)));
        reader.environment(environment);
        arguments.data().ifPresent(data -> reader.set("node.data_dir", data, "--data"));
        arguments.assignments().forEach(reader::set);
        return reader;
    }

    private void files(ConfigReader reader, Path file) {
        file(reader, file);
        Path more = file.resolveSibling("conf.d");
        if (!disk.exists(more)) {
            return;
        }
        try {
            disk.list(more).stream()
                    .filter(name -> name.endsWith(".toml"))
                    .forEach(name -> file(reader, more.resolve(name)));
        } catch (IOException e) {
            reader.problem(more + ": cannot be read: " + e.getMessage());
        }
    }

    private void file(ConfigReader reader, Path file) {
        if (!disk.exists(file)) {
            reader.problem(file + ": there is no such file");
            return;
        }
        try (DiskFile open = disk.open(file, Disk.Open.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(open.sizeBytes()));
            open.read(bytes, 0);
            reader.toml(file.toString(), StandardCharsets.UTF_8.decode(bytes.flip()).toString());
        } catch (IOException e) {
            reader.problem(file + ": cannot be read: " + e.getMessage());
        }
    }
}
