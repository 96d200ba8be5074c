package io.polylog.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.polylog.message.TopicName;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Holds the broker's classes to the table of rooms, and each rule to a violation planted for it.
class ArchitectureTest {
    private static JavaClasses broker;

    @TempDir private Path folder;

    @BeforeAll
    static void readTheBrokersClasses() throws URISyntaxException {
        var main = TopicName.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        broker = new ClassFileImporter().importPath(Path.of(main));
    }

    static Stream<ArchRule> rules() {
        return Stream.of(
                RoomRules.importsFollowTheTable(),
                RoomRules.noCyclesBetweenRooms(),
                RoomRules.noCyclesBetweenPackages(),
                RoomRules.onlyIoTouchesTheMachine(),
                RoomRules.namesSaySomething(),
                RoomRules.onlyServerTakesTheWholeConfiguration());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void the_broker_keeps_each_rule(ArchRule rule) {
        rule.check(broker);
    }

    @Test
    void the_broker_was_really_read() {
        assertThat(broker.contain(TopicName.class)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void a_room_that_does_not_exist_breaks_no_rule(ArchRule rule) {
        assertThat(violations(rule, "package io.polylog.message; record Body() {}")).isEmpty();
    }

    @Test
    void a_room_that_imports_one_above_it_is_caught() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package io.polylog.net; public class Socket {}",
                                "package io.polylog.log; class Segment { io.polylog.net.Socket s;"
                                        + " }"))
                .singleElement()
                .asString()
                .contains("room 'log' may not import room 'net'");
    }

    @Test
    void a_room_may_import_what_the_table_gives_it() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package io.polylog.io; public interface Disk {}",
                                "package io.polylog.log; class Segment { io.polylog.io.Disk d; }"))
                .isEmpty();
    }

    @Test
    void an_adapter_that_imports_another_is_caught() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package io.polylog.protocol.mqtt; public class Frame {}",
                                "package io.polylog.protocol.kafka.wire;"
                                        + " class Codec { io.polylog.protocol.mqtt.Frame[] f; }"))
                .singleElement()
                .asString()
                .contains("room 'protocol.kafka' may not import room 'protocol.mqtt'");
    }

    @Test
    void a_core_that_knows_a_protocol_is_caught() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package io.polylog.protocol.nats; public class Frame {}",
                                "package io.polylog.broker;"
                                        + " class Router { Object f() {"
                                        + " return new io.polylog.protocol.nats.Frame(); } }"))
                .isNotEmpty()
                .allMatch(text -> text.contains("may not import room 'protocol.nats'"));
    }

    @Test
    void a_library_outside_its_room_is_caught() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package io.netty.buffer; public class ByteBuf {}",
                                "package io.polylog.net; class Loop { io.netty.buffer.ByteBuf b; }",
                                "package io.polylog.log; class Ring { io.netty.buffer.ByteBuf b;"
                                        + " }"))
                .singleElement()
                .asString()
                .contains("room 'log' may not import library 'io.netty.buffer.'");
    }

    @Test
    void a_library_that_is_in_no_table_is_caught() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package org.strange; public class Thing {}",
                                "package io.polylog.admin; class Api { org.strange.Thing t; }"))
                .singleElement()
                .asString()
                .contains("org.strange");
    }

    @Test
    void a_room_that_is_not_in_the_table_is_caught() {
        assertThat(
                        violations(
                                RoomRules.importsFollowTheTable(),
                                "package io.polylog.misc; class Thing {}"))
                .anyMatch(text -> text.contains("room 'misc' is not in the table"));
    }

    @Test
    void a_cycle_between_rooms_is_caught() {
        assertThat(
                        violations(
                                RoomRules.noCyclesBetweenRooms(),
                                "package io.polylog.net; public class A { io.polylog.admin.B b; }",
                                "package io.polylog.admin; public class B { io.polylog.net.A a; }"))
                .isNotEmpty();
    }

    @Test
    void a_cycle_between_sub_packages_is_caught() {
        assertThat(
                        violations(
                                RoomRules.noCyclesBetweenPackages(),
                                "package io.polylog.log; public class A { io.polylog.log.copy.B b;"
                                        + " }",
                                "package io.polylog.log.copy; public class B { io.polylog.log.A a;"
                                        + " }"))
                .isNotEmpty();
    }

    static Stream<String> machineAccess() {
        return Stream.of(
                "java.nio.channels.FileChannel c;",
                "boolean f(java.nio.file.Path p) { return java.nio.file.Files.exists(p); }",
                "long f() { return System.currentTimeMillis(); }",
                "java.util.function.LongSupplier f() { return System::nanoTime; }",
                "Object f() { return java.time.Instant.now(); }",
                "Object f(Runnable r) { return new Thread(r); }",
                "void f(Runnable r) { Thread.startVirtualThread(r); }",
                "static class Worker extends Thread {}",
                "void f() throws Exception { Thread" + ".sleep(1); }",
                "Object f() { return java.util.concurrent.Executors.newCachedThreadPool(); }",
                "int f() { return new java.util.Random().nextInt(); }",
                "Object f() { return java.util.UUID.randomUUID(); }");
    }

    @ParameterizedTest
    @MethodSource("machineAccess")
    void files_time_threads_and_randomness_outside_io_are_caught(String member) {
        assertThat(
                        violations(
                                RoomRules.onlyIoTouchesTheMachine(),
                                "package io.polylog.broker; class Shard { " + member + " }"))
                .isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("machineAccess")
    void io_and_the_embedded_coordinators_may_touch_the_machine(String member) {
        assertThat(
                        violations(
                                RoomRules.onlyIoTouchesTheMachine(),
                                "package io.polylog.io; class RealDisk { " + member + " }",
                                "package io.polylog.protocol.kafka.embedded; class Timer { "
                                        + member
                                        + " }"))
                .isEmpty();
    }

    static Stream<String> emptyNames() {
        return Stream.of(
                "package io.polylog.broker; class TopicManager {}",
                "package io.polylog.broker; class RouterImpl {}",
                "package io.polylog.broker; class StringUtils {}",
                "package io.polylog.broker.util; class Router {}",
                "package io.polylog.broker.internal; class Router {}");
    }

    @ParameterizedTest
    @MethodSource("emptyNames")
    void a_name_that_says_nothing_is_caught(String source) {
        assertThat(violations(RoomRules.namesSaySomething(), source)).hasSize(1);
    }

    @Test
    void a_class_outside_server_that_takes_the_whole_configuration_is_caught() {
        List<String> found =
                violations(
                        RoomRules.onlyServerTakesTheWholeConfiguration(),
                        "package io.polylog.config; public record Tls() {}",
                        "package io.polylog.config; public record Limits() {}",
                        "package io.polylog.config; public record Listen() {}",
                        "package io.polylog.config; public record Settings(Tls tls, Limits limits,"
                                + " Listen listen) {}",
                        "package io.polylog.server; class Main { io.polylog.config.Settings s; }",
                        "package io.polylog.admin; class Api { io.polylog.config.Limits l; }",
                        "package io.polylog.admin; class Page { io.polylog.config.Settings s; }");

        assertThat(found).singleElement().asString().contains("Page");
    }

    private List<String> violations(ArchRule rule, String... sources) {
        return rule.evaluate(PlantedClasses.compile(folder, sources))
                .getFailureReport()
                .getDetails();
    }
}
