package io.polylog.protocol.webhook;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What all webhooks share. Any thread.
///
/// @param broker the core
/// @param codecs opens what any protocol stored, by encoding
/// @param guard where they may connect to
/// @param resolver looks names up
/// @param dial opens connections
/// @param tls of requests by https
/// @param wallMs milliseconds since 1970
/// @param nanos nanoseconds that never go back
/// @param random any of the 2^64 values
public record Tools(
        Broker broker,
        Map<Byte, MessageCodec> codecs,
        AddressGuard guard,
        Resolver resolver,
        Dial dial,
        Supplier<SslContext> tls,
        LongSupplier wallMs,
        LongSupplier nanos,
        LongSupplier random) {
    public Tools {
        codecs = Map.copyOf(codecs);
    }

    /// Looks names up, without blocking who asks.
    @FunctionalInterface
    public interface Resolver {
        /// The addresses of a host, itself where it is an address; fails where it has none.
        CompletionStage<List<InetAddress>> resolve(String host);
    }

    /// Opens connections.
    @FunctionalInterface
    public interface Dial {
        /// Connects to that very address; all is called back on the loop.
        ChannelFuture connect(
                EventExecutor loop, InetSocketAddress to, int timeoutMs, ChannelHandler first);
    }
}
