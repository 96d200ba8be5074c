package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.SystemClock;
import io.polylog.io.ThreadWorkers;
import io.polylog.log.Batch.Proposer;
import io.polylog.log.Batch.Refusal;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.RecordStore.StoredRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The memory engine keeps the contract of [ShardLog] and [RecordStore].
class MemoryShardLogTest {
    private final MemoryShardLog log =
            new MemoryShardLog(
                    "memory-test",
                    1 << 20,
                    new SystemClock(),
                    new ThreadWorkers((thread, failure) -> failure.printStackTrace()),
                    RecordingMachine::new);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void recordsAreReadInOrder() throws Exception {
        await(propose(put("a", 1), put("b", 1), put("c", 1)));
        assertThat(read(0, 100)).containsExactly("a", "b", "c");
        assertThat(read(1, 100)).containsExactly("b", "c");
    }

    @Test
    void aReadStopsAtItsLimitButGivesOneRecord() throws Exception {
        await(propose(put("aaaa", 1), put("bbbb", 1), put("cccc", 1)));
        assertThat(read(0, 1)).containsExactly("aaaa");
        assertThat(read(0, 8)).containsExactly("aaaa", "bbbb");
    }

    @Test
    void droppedAndTrimmedRecordsAreGone() throws Exception {
        await(propose(put("a", 1), put("b", 1), put("c", 1), put("d", 1)));
        await(propose(RecordingMachine.drop(1, 2, 1), RecordingMachine.trim(1, 1)));
        assertThat(read(0, 100)).containsExactly("b", "d");
    }

    @Test
    void aRecordOfManyOffsetsGoesWithItsLastOne() throws Exception {
        await(propose(put("ten", 10), put("one", 1)));
        await(propose(RecordingMachine.drop(1, 0, 9)));
        assertThat(read(0, 100)).containsExactly("ten", "one");
        await(propose(RecordingMachine.drop(1, 3, 2), RecordingMachine.drop(1, 9, 1)));
        assertThat(read(0, 100)).containsExactly("one");
    }

    @Test
    void aDeletedStreamIsEmpty() throws Exception {
        await(propose(put("a", 1), RecordingMachine.delete(1)));
        assertThat(read(0, 100)).isEmpty();
    }

    @Test
    void manyRecordsComeAndGo() throws Exception {
        for (int i = 0; i < 1000; i++) {
            await(propose(put("m" + i, 1), RecordingMachine.trim(1, i)));
        }
        assertThat(read(0, 100)).containsExactly("m999");
    }

    @Test
    void afterCloseEverythingIsRefused() throws Exception {
        log.close();
        assertThat(await(propose(put("a", 1)))).isEqualTo(Refusal.CLOSED);
    }

    private static Command put(String text, int span) {
        return RecordingMachine.put(text.getBytes(StandardCharsets.UTF_8), span, 1);
    }

    private CompletableFuture<Refusal> propose(Command... commands) {
        CompletableFuture<Refusal> answer = new CompletableFuture<>();
        Proposer proposer =
                new Proposer() {
                    @Override
                    public void done(long index, long epoch) {
                        answer.complete(null);
                    }

                    @Override
                    public void refused(Refusal refusal) {
                        answer.complete(refusal);
                    }
                };
        log.propose(new Batch(List.of(commands), Urgency.PUBLISH, proposer));
        return answer;
    }

    private static Refusal await(CompletableFuture<Refusal> answer) throws Exception {
        return answer.get(30, TimeUnit.SECONDS);
    }

    private List<String> read(long offset, int maxBytes) {
        return log.store().read(1, offset, maxBytes).records().stream()
                .map(StoredRecord::payload)
                .map(payload -> StandardCharsets.UTF_8.decode(payload).toString())
                .toList();
    }
}
