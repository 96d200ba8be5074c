package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.config.Config;
import io.polylog.config.ConfigException;
import io.polylog.io.RealDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFilesTest {
    @TempDir private Path folder;

    private final ConfigFiles files = new ConfigFiles(new RealDisk());

    @Test
    void what_lies_in_conf_d_wins_over_the_file_in_the_order_of_names() throws Exception {
        Path file = write("polylog.toml", "node = { name = 'file', data_dir = 'file' }");
        write("conf.d/20.toml", "node.name = 'twenty'");
        write("conf.d/10.toml", "node.name = 'ten'");
        write("conf.d/README", "not TOML at all");

        Config config = files.read(arguments(file), Map.of()).read();

        assertThat(config.node().name()).isEqualTo("twenty");
        assertThat(config.node().dataDir()).isEqualTo("file");
    }

    @Test
    void the_data_flag_wins_over_file_and_environment() throws Exception {
        Path file = write("polylog.toml", "node.data_dir = 'file'");
        ServeArguments arguments =
                new ServeArguments(Optional.of(file.toString()), Optional.of("flag"), List.of());

        Config config = files.read(arguments, Map.of("POLYLOG_NODE_DATA_DIR", "env")).read();

        assertThat(config.node().dataDir()).isEqualTo("flag");
    }

    @Test
    void a_file_that_is_not_there_is_told_with_the_other_problems() {
        ServeArguments arguments =
                new ServeArguments(
                        Optional.of(folder.resolve("none.toml").toString()),
                        Optional.empty(),
                        List.of("no.such=key"));

        assertThatThrownBy(() -> files.read(arguments, Map.of()).read())
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("none.toml: there is no such file")
                .hasMessageContaining("unknown key no.such");
    }

    private ServeArguments arguments(Path file) {
        return new ServeArguments(Optional.of(file.toString()), Optional.empty(), List.of());
    }

    private Path write(String name, String text) throws Exception {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }
}
