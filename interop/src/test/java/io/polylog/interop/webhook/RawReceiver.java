package io.polylog.interop.webhook;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A receiver that answers bytes, whatever HTTP says.
final class RawReceiver implements AutoCloseable {
    private final ServerSocket server;
    private final Behaviour behaviour;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger closed = new AtomicInteger();
    private final Semaphore never = new Semaphore(0);

    /// What it does with a connection, once a request begins.
    @FunctionalInterface
    private interface Behaviour {
        void answer(RawReceiver self, Socket socket) throws Exception;
    }

    private RawReceiver(Behaviour behaviour) throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.behaviour = behaviour;
        Thread.startVirtualThread(this::accept);
    }

    /// Sends one byte after the other, with a pause before each, and closes.
    static RawReceiver drip(String answer, long pauseMs) throws IOException {
        return new RawReceiver((self, socket) -> {
            for (byte each : answer.getBytes(US_ASCII)) {
                boolean over = self.never.tryAcquire(pauseMs, TimeUnit.MILLISECONDS);
                if (!over) {
                    self.send(socket.getOutputStream(), new byte[] {each});
                }
            }
            while (pauseMs > 0 && socket.getInputStream().read() >= 0) {
                self.sent.get();
            }
        });
    }

    /// Sends something again and again, as fast as it is taken.
    static RawReceiver flood(String head, String again) throws IOException {
        return new RawReceiver((self, socket) -> {
            self.send(socket.getOutputStream(), head.getBytes(US_ASCII));
            byte[] more = again.getBytes(US_ASCII);
            for (long i = 0; i < (1L << 30) / more.length; i++) {
                self.send(socket.getOutputStream(), more);
            }
        });
    }

    private void send(OutputStream out, byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        sent.addAndGet(bytes.length);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.startVirtualThread(() -> serve(socket));
            } catch (IOException over) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            if (in.read(new byte[4096]) > 0) {
                behaviour.answer(this, socket);
            }
        } catch (Exception cut) {
            closed.incrementAndGet();
            return;
        }
        closed.incrementAndGet();
    }

    String url() {
        return "http://127.0.0.1:" + server.getLocalPort() + "/";
    }

    long sentBytes() {
        return sent.get();
    }

    /// Waits until the other side has closed a connection.
    void awaitClosed() {
        await("closed").atMost(Receiver.PATIENCE).until(() -> closed.get() > 0);
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
