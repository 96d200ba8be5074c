package io.polylog.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/// Plain HTTP on sockets that are kept open: a queue, and for each publisher so many connections,
/// each with one request at a time, of one message or of several lines. One thread of a publisher
/// takes all its answers, as load generators do.
final class HttpDriver implements Driver {
    private final String address;
    private final Terms terms;
    private String queue = "";

    /// How messages are sent.
    ///
    /// @param connections of each publisher
    /// @param batch messages of a request
    record Terms(int connections, int batch) {}

    HttpDriver(String address, Terms terms) {
        this.address = address;
        this.terms = terms;
    }

    @Override
    public void prepare(String name, int clients) throws IOException {
        queue = "/v1/queues/" + name;
        ask("PUT " + queue);
    }

    private void ask(String line) throws IOException {
        try (HttpSocket socket = new HttpSocket(address)) {
            HttpSocket.Answer answer = socket.ask(line);
            if (answer.status() >= 300) {
                throw new IOException(line + ": " + answer.status());
            }
        }
    }

    @Override
    public boolean isOrdered(int clients) {
        return clients == 1 && terms.connections == 1;
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws IOException {
        return new Sender(address, "POST " + queue + "/messages", terms);
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) {
        throw new UnsupportedOperationException("http: publish only");
    }

    @Override
    public void end() throws IOException {
        ask("DELETE " + queue);
    }

    /// A connection, and what its request is to tell.
    private record Line(HttpSocket socket, Deque<Answer> unanswered) {}

    private static final class Sender implements Publisher {
        private static final String ONE = "Content-Type: application/octet-stream\r\n";
        private static final String LINES = "Content-Type: application/x-ndjson\r\n";

        private final String request;
        private final int batch;
        private final Selector selector = Selector.open();
        private final BlockingQueue<Line> free = new LinkedBlockingQueue<>();
        private final List<Answer> waiting = new ArrayList<>();
        private final ByteArrayOutputStream lines = new ByteArrayOutputStream();

        Sender(String address, String request, Terms terms) throws IOException {
            this.request = request;
            batch = terms.batch;
            for (int i = 0; i < terms.connections; i++) {
                HttpSocket socket = new HttpSocket(address);
                Line line = new Line(socket, new ArrayDeque<>());
                socket.channel().configureBlocking(false);
                socket.channel().register(selector, SelectionKey.OP_READ, line);
                free.add(line);
            }
            Thread.ofPlatform().name("http").daemon().start(this::takeAll);
        }

        @Override
        public void send(byte[] message, Answer answer) throws Exception {
            waiting.add(answer);
            lines.writeBytes(message);
            if (batch > 1) {
                lines.write('\n');
            }
            if (waiting.size() == batch) {
                flush();
            }
        }

        @Override
        public void flush() throws Exception {
            if (waiting.isEmpty()) {
                return;
            }
            Line line = free.take();
            line.unanswered.addAll(waiting);
            line.socket.send(
                    request, batch > 1 ? LINES : ONE, ByteBuffer.wrap(lines.toByteArray()));
            lines.reset();
            waiting.clear();
        }

        private void takeAll() {
            try {
                while (selector.isOpen()) {
                    selector.select(Sender.this::take);
                }
            } catch (IOException ended) {
                // What is owed then shows as lost.
            }
        }

        private void take(SelectionKey key) {
            Line line = (Line) key.attachment();
            try {
                HttpSocket.Answer answer = line.socket.read();
                if (answer != null) {
                    List<Answer> told = List.copyOf(line.unanswered);
                    line.unanswered.clear();
                    free.add(line);
                    told.forEach(each -> each.confirmed(answer.status() == 200));
                }
            } catch (IOException ended) {
                key.cancel();
            }
        }

        @Override
        public void close() throws IOException {
            for (SelectionKey key : selector.keys()) {
                ((Line) key.attachment()).socket.close();
            }
            selector.close();
        }
    }
}
