package io.polylog.architecture;

import static java.util.Objects.requireNonNull;

import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.DoWhileLoopTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.SwitchExpressionTree;
import com.sun.source.tree.SwitchTree;
import com.sun.source.tree.SynchronizedTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.tree.WhileLoopTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// One Java source file, parsed by the JDK's own compiler: its lines and its methods with their
/// sizes.
///
/// @param path where it lies, for messages
/// @param lines the text, line by line
/// @param methods every method, constructor and initializer with a body
record JavaSource(String path, List<String> lines, List<Method> methods) {
    /// The measures of one method.
    ///
    /// @param name its name, `<init>` for a constructor
    /// @param firstLine the line it starts on, counted from 1
    /// @param lastLine the line of its closing brace
    /// @param parameters how many it declares; 0 where another type imposes them
    /// @param nesting how deep its control structures are inside each other
    /// @param cases how many cases its switches have
    record Method(
            String name, int firstLine, int lastLine, int parameters, int nesting, int cases) {
        int length() {
            return lastLine - firstLine + 1;
        }
    }

    /// Parses files in one run of the compiler, which is what takes the time.
    ///
    /// @param texts the text of each file by its path
    static List<JavaSource> parse(SequencedMap<String, String> texts) {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var files = texts.entrySet().stream().map(e -> new InMemory(e.getKey(), e.getValue()));
        var task =
                (JavacTask) compiler.getTask(null, null, ignored -> {}, null, null, files.toList());
        SourcePositions positions = Trees.instance(task).getSourcePositions();
        var sources = new ArrayList<JavaSource>();
        try {
            for (CompilationUnitTree unit : task.parse()) {
                String path = unit.getSourceFile().toUri().getPath().substring(1);
                var methods = new ArrayList<Method>();
                new MethodFinder(unit, positions, methods).scan(unit, null);
                List<String> lines = requireNonNull(texts.get(path)).lines().toList();
                sources.add(new JavaSource(path, lines, methods));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sources;
    }

    private static final class MethodFinder extends TreeScanner<Void, Void> {
        private static final int NO_RECORD = -1;
        private final CompilationUnitTree unit;
        private final SourcePositions positions;
        private final List<Method> found;
        private int components = NO_RECORD;

        MethodFinder(CompilationUnitTree unit, SourcePositions positions, List<Method> found) {
            this.unit = unit;
            this.positions = positions;
            this.found = found;
        }

        @Override
        public Void visitMethod(MethodTree method, Void unused) {
            if (method.getBody() != null) {
                int parameters = imposed(method) ? 0 : method.getParameters().size();
                add(method.getName().toString(), method, method.getBody(), parameters);
            }
            return super.visitMethod(method, null);
        }

        @Override
        public Void visitClass(ClassTree type, Void unused) {
            int outer = components;
            components = type.getKind() == Tree.Kind.RECORD ? instanceFields(type) : NO_RECORD;
            for (Tree member : type.getMembers()) {
                if (member instanceof BlockTree block) {
                    add("initializer", block, block, 0);
                }
            }
            super.visitClass(type, null);
            components = outer;
            return null;
        }

        private static int instanceFields(ClassTree record) {
            return (int)
                    record.getMembers().stream()
                            .filter(VariableTree.class::isInstance)
                            .map(member -> ((VariableTree) member).getModifiers().getFlags())
                            .filter(flags -> !flags.contains(Modifier.STATIC))
                            .count();
        }

        private void add(String name, Tree whole, BlockTree body, int parameters) {
            var depth = new DepthFinder();
            depth.scan(body, 0);
            int first = line(positions.getStartPosition(unit, whole));
            int last = line(positions.getEndPosition(unit, body));
            found.add(new Method(name, first, last, parameters, depth.deepest, depth.cases));
        }

        /// A method that overrides has the parameters of the other type, and a record's constructor
        /// those of its header.
        private boolean imposed(MethodTree method) {
            boolean overrides =
                    method.getModifiers().getAnnotations().stream()
                            .anyMatch(a -> a.getAnnotationType().toString().equals("Override"));
            boolean ofHeader =
                    method.getName().contentEquals("<init>")
                            && method.getParameters().size() == components;
            return overrides || ofHeader;
        }

        private int line(long position) {
            return (int) unit.getLineMap().getLineNumber(position);
        }
    }

    /// Counts control structures inside each other; an anonymous class starts again at its methods,
    /// and `else if` is as deep as its `if`.
    private static final class DepthFinder extends TreeScanner<Void, Integer> {
        private int deepest;
        private int cases;

        private int enter(Integer depth) {
            deepest = Math.max(deepest, depth + 1);
            return depth + 1;
        }

        @Override
        public Void visitIf(IfTree tree, Integer depth) {
            int inner = enter(depth);
            scan(tree.getCondition(), depth);
            scan(tree.getThenStatement(), inner);
            boolean chained = tree.getElseStatement() instanceof IfTree;
            return scan(tree.getElseStatement(), chained ? depth : inner);
        }

        @Override
        public Void visitForLoop(ForLoopTree tree, Integer depth) {
            return super.visitForLoop(tree, enter(depth));
        }

        @Override
        public Void visitEnhancedForLoop(EnhancedForLoopTree tree, Integer depth) {
            return super.visitEnhancedForLoop(tree, enter(depth));
        }

        @Override
        public Void visitWhileLoop(WhileLoopTree tree, Integer depth) {
            return super.visitWhileLoop(tree, enter(depth));
        }

        @Override
        public Void visitDoWhileLoop(DoWhileLoopTree tree, Integer depth) {
            return super.visitDoWhileLoop(tree, enter(depth));
        }

        @Override
        public Void visitSwitch(SwitchTree tree, Integer depth) {
            return super.visitSwitch(tree, enter(depth));
        }

        @Override
        public Void visitSwitchExpression(SwitchExpressionTree tree, Integer depth) {
            return super.visitSwitchExpression(tree, enter(depth));
        }

        @Override
        public Void visitCase(CaseTree tree, Integer depth) {
            cases++;
            return super.visitCase(tree, depth);
        }

        @Override
        public Void visitTry(TryTree tree, Integer depth) {
            return super.visitTry(tree, enter(depth));
        }

        @Override
        public Void visitSynchronized(SynchronizedTree tree, Integer depth) {
            return super.visitSynchronized(tree, enter(depth));
        }

        @Override
        public Void visitClass(ClassTree tree, Integer depth) {
            return super.visitClass(tree, 0);
        }
    }

    private static final class InMemory extends SimpleJavaFileObject {
        private final String text;

        InMemory(String path, String text) {
            super(URI.create("mem:///" + path), JavaFileObject.Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
