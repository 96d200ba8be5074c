package io.polylog.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The rules about rooms, each usable on any set of compiled classes. A room that does not exist
/// satisfies them all.
final class RoomRules {
    private static final Set<String> EMPTY_NAMES =
            Set.of("util", "utils", "common", "impl", "internal", "helper", "helpers", "manager");
    private static final int SECTIONS_OF_A_WHOLE = 3;
    private static final DescribedPredicate<JavaClass> OURS =
            describe("ours", javaClass -> Rooms.isOurs(javaClass.getPackageName()));

    private RoomRules() {}

    static ArchRule importsFollowTheTable() {
        return rule(
                "import only the rooms and libraries the table gives them",
                (javaClass, report) ->
                        eachDependency(
                                javaClass,
                                (dependency, target) ->
                                        Rooms.refusal(
                                                        javaClass.getPackageName(),
                                                        target.getPackageName())
                                                .ifPresent(why ->
                                                        report.accept(
                                                                why,
                                                                dependency.getDescription()))));
    }

    static ArchRule noCyclesBetweenRooms() {
        return slices().matching(Rooms.ROOT + ".(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true);
    }

    static ArchRule noCyclesBetweenPackages() {
        return slices().matching(Rooms.ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true);
    }

    static ArchRule onlyIoTouchesTheMachine() {
        return rule(
                "leave files, time, threads and randomness to io",
                (javaClass, report) -> {
                    if (!MachineAccess.isExempt(javaClass)) {
                        machineAccess(javaClass, report);
                    }
                });
    }

    private static void machineAccess(JavaClass javaClass, Report report) {
        eachDependency(
                javaClass,
                (dependency, target) -> {
                    if (MachineAccess.isForbiddenType(target.getName())) {
                        report.accept(
                                "only io may use " + target.getName(), dependency.getDescription());
                    }
                });
        javaClass.getCodeUnitAccessesFromSelf().stream()
                .filter(access ->
                        MachineAccess.isForbiddenCall(
                                access.getTargetOwner().getName(), access.getTarget().getName()))
                .forEach(access -> report.accept("only io may do this", access.getDescription()));
    }

    static ArchRule namesSaySomething() {
        return rule(
                "have names that say what they are",
                (javaClass, report) -> {
                    String name = javaClass.getSimpleName().toLowerCase(Locale.ROOT);
                    boolean emptyClassName = EMPTY_NAMES.stream().anyMatch(name::endsWith);
                    boolean emptyPackageName =
                            Arrays.stream(javaClass.getPackageName().split("\\.", -1))
                                    .anyMatch(EMPTY_NAMES::contains);
                    if (emptyClassName || emptyPackageName) {
                        report.accept("a name that says nothing", javaClass.getName());
                    }
                });
    }

    /// A whole configuration is a class of `config` that holds three or more of its other classes.
    static ArchRule onlyServerTakesTheWholeConfiguration() {
        return rule(
                "take their own section, not the whole configuration",
                (javaClass, report) -> {
                    String room = Rooms.roomOf(javaClass.getPackageName());
                    if (room.equals("server") || room.equals("config")) {
                        return;
                    }
                    eachDependency(
                            javaClass,
                            (dependency, target) -> {
                                if (isWholeConfiguration(target)) {
                                    report.accept(
                                            "only server takes this whole",
                                            dependency.getDescription());
                                }
                            });
                });
    }

    private static boolean isWholeConfiguration(JavaClass target) {
        if (!isConfig(target)) {
            return false;
        }
        long sections =
                target.getFields().stream()
                        .map(field -> field.getRawType().getBaseComponentType())
                        .filter(type -> isConfig(type) && !type.equals(target))
                        .distinct()
                        .count();
        return sections >= SECTIONS_OF_A_WHOLE;
    }

    private static boolean isConfig(JavaClass javaClass) {
        return Rooms.isOurs(javaClass.getPackageName())
                && Rooms.roomOf(javaClass.getPackageName()).equals("config");
    }

    private static void eachDependency(JavaClass from, BiConsumer<Dependency, JavaClass> action) {
        for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
            JavaClass target = dependency.getTargetClass();
            if (!target.isPrimitive()
                    && !target.isArray()) { // its element type has a dependency too
                action.accept(dependency, target);
            }
        }
    }

    private static ArchRule rule(String description, BiConsumer<JavaClass, Report> check) {
        return classes()
                .that(OURS)
                .should(
                        new ArchCondition<>(description) {
                            @Override
                            public void check(JavaClass javaClass, ConditionEvents events) {
                                Consumer<String> violation =
                                        text ->
                                                events.add(
                                                        SimpleConditionEvent.violated(
                                                                javaClass, text));
                                check.accept(
                                        javaClass,
                                        (why, what) -> violation.accept(why + ": " + what));
                            }
                        })
                .allowEmptyShould(true);
    }

    /// Takes a violation: why it is one, and the offending use.
    private interface Report extends BiConsumer<String, String> {}
}
