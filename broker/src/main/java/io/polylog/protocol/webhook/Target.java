package io.polylog.protocol.webhook;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// Where a webhook posts to, as its URL says. Any thread.
///
/// @param secure whether by TLS
/// @param host a name or address in lower case, an IPv6 address without its brackets
/// @param port 1 to 65535
/// @param authority as the header `host` has it
/// @param path with its query, encoded
record Target(boolean secure, String host, int port, String authority, String path) {
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int MOST_PORT = 65_535;
    private static final int MOST_CHARS = 4096;

    /// Reads a URL.
    ///
    /// @throws IllegalArgumentException saying what is wrong with it
    static Target of(String url) {
        URI uri = parsed(url);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")) {
            throw new IllegalArgumentException("url: begins with https://, not " + scheme + ":");
        }
        if (uri.getHost() == null || uri.getHost().isEmpty()) {
            throw new IllegalArgumentException("url: names no host (letters, digits, - and .)");
        }
        if (uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "url: has no user and no #: use 'headers' for credentials");
        }
        boolean secure = scheme.equals("https");
        int port = uri.getPort() < 0 ? secure ? HTTPS_PORT : HTTP_PORT : uri.getPort();
        if (port < 1 || port > MOST_PORT) {
            throw new IllegalArgumentException("url: no such port: " + port);
        }
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        return new Target(
                secure,
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
                port,
                uri.getPort() < 0 ? host : host + ":" + port,
                (path.isEmpty() ? "/" : path) + query);
    }

    private static URI parsed(String url) {
        if (url.length() > MOST_CHARS || !url.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException(
                    "url: has at most " + MOST_CHARS + " characters, all of them printable ASCII");
        }
        try {
            return new URI(url);
        } catch (URISyntaxException bad) {
            throw new IllegalArgumentException("url: " + bad.getReason(), bad);
        }
    }
}
