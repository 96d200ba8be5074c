package io.polylog.architecture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// The project's own text files, all modules, without what a build or a tool made.
final class ProjectFiles {
    private static final Set<String> MADE_BY_TOOLS =
            Set.of(".git", "target", "node_modules", ".idea", ".vscode", ".settings");
    private static final Set<String> TEXT_ENDINGS =
            Set.of("java", "md", "xml", "sh", "toml", "json", "yml", "yaml", "mjs", "py", "txt");

    private final Path root;

    private ProjectFiles(Path root) {
        this.root = root;
    }

    /// The project that holds the current folder.
    static ProjectFiles locate() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("broker/pom.xml"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("not inside the project");
            }
        }
        return new ProjectFiles(folder);
    }

    /// Every text file, by ending or because it is a script without one.
    List<Path> text() throws IOException {
        var found = new ArrayList<Path>();
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes a) {
                        boolean skip = MADE_BY_TOOLS.contains(dir.getFileName().toString());
                        return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes a)
                            throws IOException {
                        if (isText(file)) {
                            found.add(file);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
        return found;
    }

    List<Path> java() throws IOException {
        return text().stream().filter(file -> file.toString().endsWith(".java")).toList();
    }

    /// The folders of the main sources that hold a Java file.
    List<Path> mainPackages() throws IOException {
        return java().stream()
                .filter(file -> name(file).contains("src/main/java/"))
                .map(Path::getParent)
                .distinct()
                .toList();
    }

    String name(Path file) {
        return root.relativize(file).toString();
    }

    String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    private static boolean isText(Path file) throws IOException {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        if (dot >= 0) {
            return TEXT_ENDINGS.contains(name.substring(dot + 1));
        }
        byte[] start = new byte[2];
        try (var in = Files.newInputStream(file)) {
            return in.read(start) == 2 && start[0] == '#' && start[1] == '!';
        }
    }
}
