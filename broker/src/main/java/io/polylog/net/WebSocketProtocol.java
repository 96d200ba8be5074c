package io.polylog.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.util.List;

/// Another protocol over WebSocket (RFC 6455): its pipeline sees and writes bytes, as on a socket.
/// Frames and fragments are passed on as they come, for both are streams of bytes to it; it closes
/// as on a socket, and the closing frame is sent for it. Pings are answered, extensions refused.
///
/// Any path will do and any origin, as with RabbitMQ: who connects logs in with the protocol's own
/// words, and nothing that a browser adds by itself (cookies) counts.
public final class WebSocketProtocol implements Protocol {
    private static final int REQUEST_BYTES = 16 * 1024;

    /// For who does not take the closing frame.
    private static final long CLOSE_MS = 3_000;

    private final Protocol wrapped;
    private final Terms terms;

    /// What is different about it.
    ///
    /// @param name of its listener, as in `listen.ports`
    /// @param defaultPort its TCP port
    /// @param subprotocols what a client may ask for by Sec-WebSocket-Protocol, as registered
    /// @param frames what is sent
    /// @param frameBytes the largest frame taken from a client
    public record Terms(
            String name,
            int defaultPort,
            List<String> subprotocols,
            Frames frames,
            int frameBytes) {
        public Terms {
            subprotocols = List.copyOf(subprotocols);
        }
    }

    /// The type of data frames.
    public enum Frames {
        /// Binary; a text frame ends the connection.
        BINARY,
        /// Text where it is UTF-8 and the client does not send binary itself.
        TEXT
    }

    /// @param wrapped given its pipeline when the WebSocket is open
    public WebSocketProtocol(Protocol wrapped, Terms terms) {
        this.wrapped = wrapped;
        this.terms = terms;
    }

    /// Whether a connection's bytes come in frames.
    public static boolean serves(Channel channel) {
        return channel.pipeline().get(WebSocketBytes.class) != null;
    }

    @Override
    public String name() {
        return terms.name();
    }

    @Override
    public int defaultPort() {
        return terms.defaultPort();
    }

    @Override
    public void accept(ChannelPipeline pipeline) {
        WebSocketServerProtocolConfig config =
                WebSocketServerProtocolConfig.newBuilder()
                        .websocketPath("/")
                        .checkStartsWith(true)
                        .subprotocols(String.join(",", terms.subprotocols()))
                        .forceCloseTimeoutMillis(CLOSE_MS)
                        .decoderConfig(
                                WebSocketDecoderConfig.newBuilder()
                                        .maxFramePayloadLength(terms.frameBytes())
                                        .build())
                        .build();
        pipeline.addLast("http", new HttpServerCodec());
        pipeline.addLast("request", new HttpObjectAggregator(REQUEST_BYTES));
        pipeline.addLast("websocket", new WebSocketServerProtocolHandler(config));
        pipeline.addLast("bytes", new WebSocketBytes(wrapped, terms.frames()));
    }
}
