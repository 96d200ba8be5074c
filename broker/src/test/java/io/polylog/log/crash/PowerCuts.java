package io.polylog.log.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.log.Log;
import io.polylog.log.ShardLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Lets [ConfirmedAppends] write to a directory, cuts it off, and holds what is left against what
/// it had said. One thread.
public final class PowerCuts {
    private final Path directory;
    private final Path errors;
    private final SplittableRandom random;
    private final List<ShardAudit> audits = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private long seed;
    private long nextBatch = 1;
    private long acknowledged;

    /// @param directory where the log lies
    /// @param errors a file for what the process has to complain about
    public PowerCuts(Path directory, Path errors, long seed) {
        this.directory = directory;
        this.errors = errors;
        random = new SplittableRandom(seed);
        for (int id = 0; id < ConfirmedAppends.SHARDS; id++) {
            audits.add(new ShardAudit(id, false));
        }
    }

    private record Answer(long batch, long index, long epoch) {
        static Answer parse(String line) {
            String[] words = line.split(" ", -1);
            return new Answer(
                    Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
        }
    }

    /// How a life is cut off.
    public interface Cut {
        void now(Process process) throws Exception;
    }

    /// Batches that were acknowledged so far.
    public long acknowledged() {
        return acknowledged;
    }

    /// Lets the process run until it has acknowledged a number of batches drawn by lot; then cuts
    /// it off and hears it out.
    public void live(Cut cut) throws Exception {
        seed = random.nextLong();
        answers.clear();
        Process process = start();
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            if (!"ready".equals(said.readLine())) {
                throw new Violation("the process did not start: " + Files.readString(errors));
            }
            for (int left = 20 + random.nextInt(2_000); left > 0; left--) {
                hear(said.readLine());
            }
            cut.now(process);
            String line;
            while ((line = said.readLine()) != null) {
                hear(line);
            }
        } finally {
            process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
        }
        acknowledged += answers.size();
    }

    private void hear(String line) throws IOException {
        if (line == null) {
            throw new Violation("the process ended by itself: " + Files.readString(errors));
        }
        answers.add(Answer.parse(line));
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        ConfirmedAppends.class.getName(),
                        directory.toString(),
                        Long.toString(seed),
                        Long.toString(nextBatch))
                .redirectError(errors.toFile())
                .start();
    }

    /// Opens what is left and throws a [Violation] if it is not what was promised.
    public void examine() throws IOException {
        Script script = ConfirmedAppends.script(seed, nextBatch);
        int proposed = answers.size() + ConfirmedAppends.IN_FLIGHT + 1;
        for (int i = 0; i < proposed; i++) {
            Script.Next next = script.next();
            audits.get(next.shard(audits.size())).proposed(next.batch(), next.acts());
        }
        nextBatch += proposed;
        Log log =
                ConfirmedAppends.open(
                        directory,
                        (reason, cause) -> {
                            throw new Violation(reason, cause);
                        });
        List<ShardLog> shards = new ArrayList<>();
        for (ShardAudit audit : audits) {
            shards.add(log.shard(shards.size(), store -> new LedgerMachine(store, audit)));
        }
        log.start();
        for (Answer answer : answers) {
            audits.get((int) (answer.batch % audits.size()))
                    .done(answer.batch, answer.index, answer.epoch);
        }
        for (int id = 0; id < shards.size(); id++) {
            new StreamCheck(shards.get(id).store(), audits.get(id), random).readAll();
        }
        log.close();
    }
}
