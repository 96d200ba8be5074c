package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.sim.Fault;
import io.polylog.log.crash.FaultRun;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Lets each I/O call of a script fail in turn. A failing run says seed, fault and call.
@Tag("slow")
class LogFaultSimulationTest {
    private static final int SCRIPTS = Integer.getInteger("polylog.sim.scripts", 3);

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"IO_ERROR", "SHORT", "DISK_FULL", "LOST_SYNC"})
    void whichever_call_fails_nothing_acknowledged_is_lost(Fault fault) {
        AtomicLong stopped = new AtomicLong();

        LongStream.range(0, SCRIPTS)
                .parallel()
                .forEach(seed -> stopped.addAndGet(failEachCall(seed, fault)));

        assertThat(stopped).hasPositiveValue();
    }

    /// How often the fault stopped the log.
    private static long failEachCall(long seed, Fault fault) {
        long stopped = 0;
        boolean more = true;
        for (long nth = 1; more; nth++) {
            FaultRun run = new FaultRun(seed, fault, nth);
            run.run();
            stopped += run.stopped() ? 1 : 0;
            more = run.reached();
        }
        return stopped;
    }
}
