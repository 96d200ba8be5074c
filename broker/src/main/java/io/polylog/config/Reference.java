package io.polylog.config;

import java.util.Locale;

/// The reference page, made from the settings so that it cannot say anything else.
public final class Reference {
    private static final String HEAD =
            """
            # Configuration

            Every key has a default, and an empty file is valid. The later wins: default, the file
            given with `--config`, `conf.d/*.toml` beside it (by name), `POLYLOG_*` variables,
            `--set key=value`. An unknown key or a value that makes no sense stops the start; all
            of them are told at once, with file, line and column. Sizes and durations carry units
            (`B KiB MiB GiB TiB`, `KB MB GB TB`; `us ms s m h d`). The variable of a key is
            `POLYLOG_` and the key in capitals, with `_` for anything that is no letter or digit.

            Topics and queues are not configuration: clients and administration make them.

            This page is generated from the code (`io.polylog.config.Reference`); a test compares.
            """;

    private Reference() {}

    /// The whole page, Markdown.
    public static String page() {
        StringBuilder page = new StringBuilder(HEAD);
        String section = "";
        for (Setting<?> setting : Config.SETTINGS) {
            if (!setting.section().equals(section)) {
                section = setting.section();
                page.append("\n## [").append(section).append("]\n\n");
                page.append("| key | default | what | value |\n|---|---|---|---|\n");
            }
            page.append(row(setting));
        }
        return page.toString();
    }

    private static String row(Setting<?> setting) {
        String fallback = setting.fallback().isEmpty() ? "\"\"" : setting.fallback();
        return String.format(
                Locale.ROOT,
                "| `%s` | `%s` | %s | %s |\n",
                setting.key(),
                fallback,
                setting.about(),
                setting.kind().shape());
    }
}
