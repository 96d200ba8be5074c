package io.polylog.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;

/// A connection that speaks STOMP 1.2, as far as a load needs it. One thread sends; another, its
/// own, takes what comes.
final class StompSocket implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(128);

    /// Hears of each frame after CONNECTED, on the connection's own thread.
    interface Taker {
        /// Takes one.
        ///
        /// @param from the connection it came by
        /// @param ack its header of that name, or empty
        void take(StompSocket from, String command, String ack, byte[] body) throws IOException;
    }

    /// Connects and logs in.
    ///
    /// @param address host:port
    StompSocket(String address, Taker taker) throws IOException {
        int colon = address.lastIndexOf(':');
        socket =
                new Socket(
                        address.substring(0, colon),
                        Integer.parseInt(address.substring(colon + 1)));
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
        out = new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES);
        send("CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n", "");
        flush();
        next((_, command, _, body) -> {
            if (!command.equals("CONNECTED")) {
                throw new IOException(command + " " + new String(body, US_ASCII));
            }
        });
        Thread.ofPlatform().name("stomp").daemon().start(() -> takeAll(taker));
    }

    void send(String head, String body) throws IOException {
        send(head, body.getBytes(US_ASCII));
    }

    /// Sends a frame, with what is sent next or by [#flush].
    ///
    /// @param head its command and headers, a line each
    void send(String head, byte[] body) throws IOException {
        out.write((head + "content-length:" + body.length + "\n\n").getBytes(US_ASCII));
        out.write(body);
        out.write(0);
    }

    void flush() throws IOException {
        out.flush();
    }

    private void takeAll(Taker taker) {
        try {
            while (true) {
                next(taker);
            }
        } catch (IOException ended) {
            // What is owed then shows as lost.
        }
    }

    private void next(Taker taker) throws IOException {
        String command = line();
        while (command.isEmpty()) { // a heart-beat, or the end of line behind a frame
            command = line();
        }
        int length = 0;
        String ack = "";
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15));
            } else if (header.startsWith("ack:")) {
                ack = header.substring(4);
            }
        }
        byte[] body = new byte[length];
        in.readFully(body);
        byte behind = in.readByte();
        while (behind != 0) { // of a frame without its length
            behind = in.readByte();
        }
        taker.take(this, command, ack, body);
    }

    private String line() throws IOException {
        line.reset();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException();
            }
            line.write(next);
        }
        return line.toString(US_ASCII);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
