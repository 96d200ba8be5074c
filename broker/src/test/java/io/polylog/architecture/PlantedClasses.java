package io.polylog.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// Compiles small sources into a folder and reads them back as ArchUnit sees them, so that a rule
/// can be shown a violation that the project itself does not contain. What a source refers to must
/// be planted with it.
final class PlantedClasses {
    private static final Pattern PACKAGE = Pattern.compile("package\\s+([\\w.]+)\\s*;");
    private static final Pattern TYPE = Pattern.compile("(?:class|record|interface)\\s+(\\w+)");

    private PlantedClasses() {}

    static JavaClasses compile(Path folder, String... sources) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<JavaFileObject> files = new ArrayList<>();
        for (String source : sources) {
            files.add(new Source(source));
        }
        List<String> options = List.of("-d", folder.toString(), "-cp", folder.toString());
        boolean compiled = compiler.getTask(null, null, null, options, null, files).call();
        if (!compiled) {
            throw new IllegalArgumentException("the planted sources do not compile");
        }
        return new ClassFileImporter().importPath(emptyIfMissing(folder));
    }

    private static Path emptyIfMissing(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(
                    URI.create("mem:///" + path(text) + Kind.SOURCE.extension),
                    JavaFileObject.Kind.SOURCE);
            this.text = text;
        }

        private static String path(String text) {
            return first(PACKAGE, text).replace('.', '/') + "/" + first(TYPE, text);
        }

        private static String first(Pattern pattern, String text) {
            Matcher matcher = pattern.matcher(text);
            if (!matcher.find()) {
                throw new IllegalArgumentException("no " + pattern + " in: " + text);
            }
            return matcher.group(1);
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
