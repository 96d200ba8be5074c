package io.polylog.protocol.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {
    private static final AddressGuard GUARD = new AddressGuard(false, Set.of("inside.example"));

    private static InetAddress address(String literal) throws Exception {
        return InetAddress.getByName(literal);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12::1",
                "ff02::1",
                "::ffff:127.0.0.1",
                "::ffff:10.0.0.1",
                "::127.0.0.1",
                "100::1",
                "64:ff9b::7f00:1",
                "64:ff9b::a9fe:a9fe",
                "64:ff9b:1::808:808",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "2001::1",
                "2001:0:7f00:1::",
                "2001:db8::1",
                "3fff::1",
                "5f00::1"
            })
    void addresses_that_are_not_public_are_refused(String literal) throws Exception {
        assertThat(GUARD.allows("host.example", address(literal))).isFalse();
        assertThat(GUARD.allows("inside.example", address(literal))).isTrue();
        assertThat(new AddressGuard(true, Set.of()).allows("any", address(literal))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.1",
                "100.63.255.255",
                "100.128.0.1",
                "126.0.0.1",
                "128.0.0.1",
                "169.253.0.1",
                "172.15.0.1",
                "172.32.0.1",
                "192.167.0.1",
                "198.17.0.1",
                "198.20.0.1",
                "223.255.255.255",
                "2606:4700::1111",
                "2a00::1",
                "2002:808:808::1",
                "64:ff9b::808:808",
                "::ffff:8.8.8.8",
                "2001:200::1"
            })
    void public_addresses_are_allowed(String literal) throws Exception {
        assertThat(GUARD.allows("host.example", address(literal))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "https://Example.com, true, example.com, 443, example.com, /",
        "https://example.com:8443/a%20b?x=1, true, example.com, 8443, example.com:8443, /a%20b?x=1",
        "http://127.0.0.1:80/, false, 127.0.0.1, 80, 127.0.0.1:80, /",
        "https://[2606:4700::1]/x, true, 2606:4700::1, 443, [2606:4700::1], /x"
    })
    void a_url_is_read(
            String url, boolean secure, String host, int port, String authority, String path) {
        assertThat(Target.of(url)).isEqualTo(new Target(secure, host, port, authority, path));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://example.com/",
                "example.com",
                "https://user:secret@example.com/",
                "https://example.com/#a",
                "https://example.com:0/",
                "https://example.com:70000/",
                "https:///path",
                "https://exa mple.com/",
                "https://example.com/\r\nhost: evil",
                "https://example.com/%",
                "https://exämple.com/"
            })
    void a_url_that_makes_no_sense_is_refused(String url) {
        assertThatThrownBy(() -> Target.of(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("url: ")
                .message()
                .doesNotContain("secret");
    }

    @Test
    void text_of_others_ends_no_line() {
        assertThat(FieldText.value("a\r\nx-evil: 1")).isEqualTo("a%0D%0Ax-evil: 1");
        assertThat(FieldText.value(" both ends ")).isEqualTo("%20both ends%20");
        assertThat(FieldText.value("grüße")).isEqualTo("gr%C3%BC%C3%9Fe");
        assertThat(FieldText.name("A b\r\n:\u0000ü")).isEqualTo("a%20b%0D%0A%3A%00%C3%BC");
        assertThat(FieldText.id("a.b\r\n c")).isEqualTo("a%2Eb%0D%0A%20c");
    }
}
