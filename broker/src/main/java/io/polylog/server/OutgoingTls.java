package io.polylog.server;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// TLS as a client, made when it is first used: the other's certificate is checked, and that it is
/// of the host. Any thread.
final class OutgoingTls implements Supplier<SslContext> {
    private final Disk disk;
    private final String trustFile;
    private @Nullable SslContext made;

    /// @param trustFile authorities that are trusted, in PEM, or "" for those of the JDK
    OutgoingTls(Disk disk, String trustFile) {
        this.disk = disk;
        this.trustFile = trustFile;
    }

    /// Reads the file now, where there is one.
    ///
    /// @throws StartException where it cannot be read
    void check() throws StartException {
        if (!trustFile.isEmpty()) {
            try {
                get();
            } catch (IllegalArgumentException bad) {
                throw new StartException(
                        "webhooks.trust_file: %s cannot be read: %s"
                                .formatted(trustFile, bad.getMessage()),
                        bad);
            }
        }
    }

    @Override
    public synchronized SslContext get() {
        SslContext known = made;
        if (known == null) {
            known = make();
            made = known;
        }
        return known;
    }

    private SslContext make() {
        SslContextBuilder builder =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .endpointIdentificationAlgorithm("HTTPS");
        try {
            return (trustFile.isEmpty() ? builder : builder.trustManager(authorities())).build();
        } catch (IOException e) {
            throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
        }
    }

    private ByteArrayInputStream authorities() throws IOException {
        try (DiskFile open = disk.open(Path.of(trustFile), Disk.Open.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(open.sizeBytes()));
            open.read(bytes, 0);
            return new ByteArrayInputStream(bytes.array());
        }
    }
}
