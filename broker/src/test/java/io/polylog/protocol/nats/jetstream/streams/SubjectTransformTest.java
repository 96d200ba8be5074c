package io.polylog.protocol.nats.jetstream.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of subjects, as nats-server's own tests have it.
class SubjectTransformTest {
    private static SubjectTransform of(String from, String to) {
        return SubjectTransform.of(from, to, () -> "unique");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "foo bar foo bar",
                "foo.* bar.$1 foo.x bar.x",
                "foo.*.* bar.$2.$1 foo.a.b bar.b.a",
                "foo.*.* bar.{{wildcard(2)}}.{{wildcard(1)}} foo.a.b bar.b.a",
                "foo.*.* bar.{{Wildcard(2)}} foo.a.b bar.b",
                "foo.> bar.> foo.a.b bar.a.b",
                "> bar.> a.b bar.a.b",
                "foo.*.> bar.$1.> foo.a.b.c bar.a.b.c",
                "baz.> mybaz.> baz.one mybaz.one",
                "* {{splitfromleft(1,3)}} 1234567 123.4567",
                "* {{SplitFromLeft(1,3)}} 123 123",
                "* {{splitfromright(1,3)}} 1234567 1234.567",
                "* {{SliceFromLeft(1,3)}} 1234567890 123.456.789.0",
                "* {{SliceFromLeft(1,2)}} 1234567890 12.34.56.78.90",
                "* {{SliceFromRight(1,3)}} 1234567890 1.234.567.890",
                "* {{SliceFromRight(1,2)}} 1234567890 12.34.56.78.90",
                "* {{split(1,-)}} -abc-def--ghi- abc.def.ghi",
                "*.* {{split(2,-)}}.{{splitfromleft(1,2)}} foo.-abc-def--ghij- "
                        + "abc.def.ghij.fo.o",
                "* {{right(1,3)}} 1234 234",
                "* {{left(1,1)}} 1234 1",
                "* {{left(1,9)}} 1234 1234",
                "*.* {{partition(10,1,2)}} foo.bar 0",
                "* {{partition(0)}} foo 0",
                "foo.$x bar.$x foo.$x bar.$x",
            })
    void a_subject_becomes_another(String from, String to, String subject, String becomes) {
        SubjectTransform transform = of(from, to);
        assertThat(transform.fits(subject)).isTrue();
        assertThat(transform.apply(subject)).isEqualTo(becomes);
    }

    @Test
    void a_partition_is_chosen_by_the_tokens_that_are_named() {
        SubjectTransform some = of("*.*.*", "{{partition(5,1,3)}}");
        assertThat(some.apply("a.b.c")).isEqualTo(some.apply("a.x.c"));
        assertThat(of("*", "{{partition(3)}}").apply("foo"))
                .isEqualTo(Integer.toString(Integer.remainderUnsigned(0xa9f37ed7, 3)));
    }

    @Test
    void what_is_chosen_at_random_is_in_bounds() {
        int[] count = {0};
        SubjectTransform random = SubjectTransform.of("*", "{{random(3)}}", () -> "" + count[0]++);
        for (int i = 0; i < 100; i++) {
            assertThat(Integer.parseInt(random.apply("x"))).isBetween(0, 2);
        }
    }

    @Test
    void what_does_not_fit_is_left_alone() {
        assertThat(of("foo.*", "bar.$1").fits("foo")).isFalse();
        assertThat(of("foo.*", "bar.$1").fits("foo.a.b")).isFalse();
        assertThat(of("", "").apply("a.b")).isEqualTo("a.b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "foo.* bar.*",
                "foo.> bar",
                "foo bar.>",
                "foo.* bar.$2",
                "foo.* bar.{{wildcard(2)}}",
                "foo.* bar.{{wildcard()}}",
                "foo.* bar.{{wildcard(1,2)}}",
                "foo.* bar.{{wildcard(x)}}",
                "foo.* bar.{{nothing(1)}}",
                "foo.* bar.{{split(1)}}",
                "foo.* bar.{{left(1,2,3)}}",
                "foo..* bar.$1",
            })
    void what_makes_no_sense_is_refused(String from, String to) {
        assertThatThrownBy(() -> of(from, to)).isInstanceOf(IllegalArgumentException.class);
    }
}
