package io.polylog.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.polylog.http.ReplyWriter.Staying;
import io.polylog.net.ConnectionGuard;
import io.polylog.net.Connections;
import io.polylog.net.Farewell;
import io.polylog.net.Listener;
import io.polylog.net.Output;
import io.polylog.net.ReadGate;
import io.polylog.net.ReadGate.Reason;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's socket: one request after the other, each answered before the next is looked at.
/// Everything runs on the connection's event loop.
final class HttpConnection extends ChannelInboundHandlerAdapter implements OpenReply {
    private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);

    /// A body that nobody wants is read to its end only where that is near.
    private static final long MOST_SKIPPED_BYTES = 4L << 20;

    private final Routes routes;
    private final ReplyWriter replies;
    private final Bodies bodies;
    private final Origins origins;
    private final Deque<HttpObject> waiting = new ArrayDeque<>(0);
    private final Patience patience = new Patience(this::tooSlow);
    private Step step = Step.HEAD;
    private boolean draining;
    private boolean stopping;

    // Of the request that is served now.
    private @Nullable HttpRequest head;
    private Bodies.@Nullable Body body;
    private @Nullable Request request;
    private @Nullable Endpoint endpoint;
    private @Nullable Exchange exchange;
    private OpenReply.@Nullable Reader reader;
    private boolean isArrived;
    private long skippedBytes;

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private @Nullable Output output;
    private @Nullable ReadGate gate;
    private @Nullable Visit visit;

    /// Where it is.
    private enum Step {
        /// The next request is awaited.
        HEAD,
        /// Its body is.
        BODY,
        /// Its answer is.
        SERVING,
        /// It is answered; the rest of its body is dropped.
        SKIPPING,
        /// Its answer goes on until the end of the connection.
        OPEN,
        ENDED
    }

    HttpConnection(Routes routes, ReplyWriter replies, Bodies bodies, Origins origins) {
        this.routes = routes;
        this.replies = replies;
        this.bodies = bodies;
        this.origins = origins;
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private Output output() {
        return Objects.requireNonNull(output);
    }

    private ReadGate gate() {
        return Objects.requireNonNull(gate);
    }

    Visit visit() {
        return Objects.requireNonNull(visit);
    }

    Future<?> after(long delayMs, Runnable task) {
        return context().executor().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    boolean isServing(Exchange asked) {
        return step == Step.SERVING && exchange == asked;
    }

    // Requests in --------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        output = new Output(added, this::turn);
        gate = new ReadGate(added.channel());
        visit = new Visit(added.channel(), origins);
        patience.start(added.executor());
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        if (!(message instanceof HttpObject part)) { // behind the last request
            ReferenceCountUtil.release(message);
            return;
        }
        if (step == Step.SERVING || !waiting.isEmpty()) {
            waiting.add(part);
            gate().set(Reason.WAITING_REQUESTS, true);
        } else {
            take(part);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reading) {
        patience.heard();
        turn();
    }

    private void turn() {
        output().flush();
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
    }

    private void take(HttpObject part) {
        try {
            if (part.decoderResult().isFailure()) {
                malformed(part.decoderResult().cause());
                return;
            }
            if (part instanceof HttpRequest first) {
                begin(first);
            }
            if (part instanceof HttpContent piece) {
                content(piece);
            }
        } catch (Refusal refused) {
            refuse(refused);
        } finally {
            ReferenceCountUtil.release(part);
        }
    }

    private void malformed(Throwable cause) {
        if (step == Step.OPEN || step == Step.ENDED) {
            return;
        }
        int status =
                switch (cause) {
                    case TooLongHttpLineException _ -> Status.URI_TOO_LONG;
                    case TooLongHttpHeaderException _ -> Status.HEADERS_TOO_LARGE;
                    default -> Status.BAD_REQUEST;
                };
        String why = cause.getMessage() == null ? "no HTTP" : cause.getMessage();
        answerAndEnd(Answers.reply(new Refusal(status, "HTTP", why, null)));
    }

    /// The head of a request: what serves it says how long its body may be.
    private void begin(HttpRequest first) {
        if (step != Step.HEAD) {
            return;
        }
        ConnectionGuard.passed(context().channel());
        head = first;
        isArrived = false;
        skippedBytes = 0;
        step = Step.BODY;
        patience.waitsForBody();
        Reply preflight = origins.preflight(first);
        if (preflight != null) {
            answer(preflight, stopping || !isKeptAlive());
            return;
        }
        QueryStringDecoder uri = uri(first);
        Routes.Match found = routes.find(first.method().name(), uri.rawPath());
        Request asked = new Request(first, uri, found.parameters());
        request = asked;
        endpoint = found.endpoint();
        long said = HttpUtil.getContentLength(first, 0L);
        body = bodies.new Body(said, found.endpoint().mostBytes(asked));
        if (HttpUtil.is100ContinueExpected(first)) {
            ReplyWriter.proceed(output().buffer());
        }
    }

    private static QueryStringDecoder uri(HttpRequest first) {
        try {
            var uri = new QueryStringDecoder(first.uri());
            uri.parameters(); // decoded here, where what is wrong is told
            return uri;
        } catch (IllegalArgumentException bad) {
            throw new Refusal(
                    Status.BAD_REQUEST, "INVALID", "the address: " + bad.getMessage(), null);
        }
    }

    private void content(HttpContent piece) {
        boolean isLast = piece instanceof LastHttpContent;
        isArrived |= isLast;
        ByteBuf bytes = piece.content();
        if (step == Step.SKIPPING) {
            skip(bytes.readableBytes(), isLast);
            return;
        }
        if (step != Step.BODY || body == null) {
            return;
        }
        body.add(bytes);
        if (isLast) {
            serve();
        }
    }

    private void serve() {
        Request asked = Objects.requireNonNull(request);
        asked.body(Objects.requireNonNull(body).take());
        step = Step.SERVING;
        patience.waitsForNothing();
        Exchange now = new Exchange(this, asked);
        exchange = now;
        try {
            Objects.requireNonNull(endpoint).serve(now);
        } catch (RuntimeException | Error failed) {
            answer(now, Answers.failure(failed));
        }
    }

    // Answers out --------------------------------------------------------------------------------

    void answer(Exchange asked, Reply reply) {
        if (isServing(asked)) {
            boolean isBroken = reply.status() == Status.INTERNAL_ERROR;
            answer(reply, stopping || isBroken || !isKeptAlive());
            drain();
        }
    }

    private boolean isKeptAlive() {
        return head != null && HttpUtil.isKeepAlive(head);
    }

    /// What is wrong with a request whose body is not there yet.
    private void refuse(Refusal why) {
        if (step != Step.BODY) {
            return;
        }
        HttpRequest first = Objects.requireNonNull(head);
        boolean isLong =
                HttpUtil.is100ContinueExpected(first)
                        || HttpUtil.getContentLength(first, 0L) > MOST_SKIPPED_BYTES;
        if (isLong) {
            answerAndEnd(Answers.reply(why));
        } else {
            answer(Answers.reply(why), stopping || !isKeptAlive());
        }
    }

    private void answerAndEnd(Reply reply) {
        answer(reply, true);
    }

    private void answer(Reply reply, boolean isLast) {
        boolean isHead = head != null && head.method().name().equals("HEAD");
        boolean isOld = head != null && head.protocolVersion().equals(HttpVersion.HTTP_1_0);
        Staying staying = isLast ? Staying.ENDS : isOld ? Staying.STAYS_AS_ASKED : Staying.STAYS;
        replies.write(output().buffer(), reply, origins.headers(head), staying, isHead);
        forget();
        if (isLast) {
            step = Step.SKIPPING;
            end("answered");
            output().flush();
            Farewell.close(context());
        } else if (isArrived) {
            step = Step.HEAD;
            patience.waitsForRequest();
        } else {
            step = Step.SKIPPING;
        }
    }

    /// Drops what comes of a body after its answer.
    private void skip(int count, boolean isLast) {
        skippedBytes += count;
        if (isLast) {
            step = Step.HEAD;
            patience.waitsForRequest();
        } else if (skippedBytes > MOST_SKIPPED_BYTES) {
            end("sent a body that nobody wants");
            Farewell.close(context());
        }
    }

    private void forget() {
        if (body != null) {
            body.release();
        }
        head = null;
        body = null;
        request = null;
        endpoint = null;
        exchange = null;
    }

    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        while (step != Step.SERVING && !waiting.isEmpty()) {
            take(waiting.remove());
        }
        draining = false;
        gate().set(Reason.WAITING_REQUESTS, !waiting.isEmpty());
    }

    // Answers without a known end
    // ------------------------------------------------------------------

    OpenReply open(Exchange asked, String type, OpenReply.Reader listener) {
        if (!isServing(asked)) {
            throw new IllegalStateException("the request is answered");
        }
        step = Step.OPEN;
        reader = listener;
        replies.open(output().buffer(), type, origins.headers(head));
        forget();
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        gate().set(Reason.WAITING_REQUESTS, false);
        context().pipeline().remove(HttpProtocol.DECODER); // what the client says does not count
        return this;
    }

    /// Hands the connection over, and what it knows of its client.
    void upgrade(Exchange asked, int mostBytes, Function<WebSocket, WebSocket.Reader> listening) {
        if (!isServing(asked)) {
            throw new IllegalStateException("the request is answered");
        }
        if (!waiting.isEmpty()) {
            throw new Refusal(
                    Status.BAD_REQUEST, "HTTP", "nothing may be sent before the answer", null);
        }
        replies.upgrade(output().buffer(), Handshake.accept(asked.request()));
        output().flush();
        forget();
        step = Step.ENDED;
        patience.stop();
        var socket = new SocketConnection(visit(), gate(), bodies, listening, mostBytes);
        ChannelPipeline pipeline = context().pipeline();
        pipeline.replace(this, "websocket", socket);
        pipeline.replace(
                HttpProtocol.DECODER, HttpProtocol.DECODER, SocketConnection.decoder(mostBytes));
    }

    @Override
    public ByteBuf buffer() {
        return output().buffer();
    }

    @Override
    public boolean isWritable() {
        return output().writable();
    }

    @Override
    public long pendingBytes() {
        return output().pendingBytes() + output().buffer().readableBytes();
    }

    @Override
    public void end() {
        if (step == Step.OPEN) {
            reader = null;
            end("its answer ended");
            output().flush();
            Farewell.close(context());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
        if (reader != null && output().writable()) {
            reader.writable();
        }
        changed.fireChannelWritabilityChanged();
    }

    // The end ------------------------------------------------------------------------------------

    private void end(String why) {
        if (step == Step.ENDED) {
            return;
        }
        Exchange unanswered = step == Step.SERVING ? exchange : null;
        step = Step.ENDED;
        patience.stop();
        forget();
        if (unanswered != null) {
            unanswered.gone();
        }
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        OpenReply.Reader open = reader;
        reader = null;
        if (open != null) {
            open.ended();
        }
        visit().end("connection " + context().channel().remoteAddress() + " ended: " + why);
    }

    private void tooSlow() {
        if (step == Step.BODY) {
            answerAndEnd(
                    Answers.reply(
                            new Refusal(
                                    Status.REQUEST_TIMEOUT,
                                    "SLOW",
                                    "the body did not arrive in time",
                                    null)));
            output().flush();
        } else {
            context().close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        end("closed by its client");
        output().close();
        inactive.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event == Listener.Stopping.STOPPING || event instanceof Connections.Close) {
            stop();
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    /// What is asked already is answered.
    private void stop() {
        stopping = true;
        switch (step) {
            case OPEN -> {
                end("it is to stop");
                output().flush();
                Farewell.close(context());
            }
            case HEAD, SKIPPING -> context().close();
            case BODY, SERVING, ENDED -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (!(cause instanceof IOException)) {
            log.error("connection failed", cause);
        }
        caught.close(); // the peer is gone, or nothing sensible can be said
    }
}
