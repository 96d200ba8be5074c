package io.polylog.http;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.polylog.net.Protocol;
import java.util.function.LongSupplier;

/// HTTP/1.1 (RFC 9112) with keep-alive. One per listener; any thread.
public final class HttpProtocol implements Protocol {
    static final String DECODER = "decoder";
    private static final int DEFAULT_PORT = 8080;
    private static final int LINE_BYTES = 8 << 10;
    private static final int HEADERS_BYTES = 16 << 10;
    private static final int CHUNK_BYTES = 64 << 10;

    private final String name;
    private final Routes routes;
    private final ReplyWriter replies;
    private final Origins origins;
    private final Bodies bodies = new Bodies();

    /// @param name of its listener, as in `listen.ports`
    /// @param routes what is served
    /// @param origins whose pages may ask
    /// @param wallMs milliseconds since 1970
    public HttpProtocol(String name, Routes routes, Origins origins, LongSupplier wallMs) {
        this.name = name;
        this.routes = routes;
        this.origins = origins;
        replies = new ReplyWriter(wallMs);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int defaultPort() {
        return DEFAULT_PORT;
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        HttpDecoderConfig config =
                new HttpDecoderConfig()
                        .setMaxInitialLineLength(LINE_BYTES)
                        .setMaxHeaderSize(HEADERS_BYTES)
                        .setMaxChunkSize(CHUNK_BYTES)
                        .setInitialBufferSize(256);
        pipeline.addLast(DECODER, new HttpRequestDecoder(config));
        pipeline.addLast("http", new HttpConnection(routes, replies, bodies, origins));
    }
}
