package io.polylog.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    @Test
    void the_reference_page_says_what_the_code_says() throws Exception {
        if (Boolean.getBoolean("polylog.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, Reference.page());
        }

        assertThat(Files.readString(PAGE))
                .as("mvn -pl broker test -Dtest=ReferenceTest -Dpolylog.write=true writes it anew")
                .isEqualTo(Reference.page());
    }
}
