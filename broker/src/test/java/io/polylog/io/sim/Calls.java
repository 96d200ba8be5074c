package io.polylog.io.sim;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts the calls of a simulated disk, makes the chosen ones fail and remembers the last ones for
/// the report of a failed run.
final class Calls {
    private static final int REMEMBERED = 60;

    /// What may go wrong with a call.
    enum Kind {
        /// Puts bytes into a file.
        WRITE(true),
        /// Makes something durable.
        SYNC(false),
        /// May run out of room otherwise: a new name, a new length.
        TAKES_ROOM(true),
        /// Changes names and needs no room.
        CHANGE(false),
        /// Only looks.
        LOOK(false);

        private final boolean takesRoom;

        Kind(boolean takesRoom) {
            this.takesRoom = takesRoom;
        }
    }

    private final Map<Long, Fault> faults = new HashMap<>();
    private final ArrayDeque<String> last = new ArrayDeque<>();
    private long failFrom = Long.MAX_VALUE;
    private boolean crashDue;
    private long count;
    private boolean down;

    long count() {
        return count;
    }

    boolean down() {
        return down;
    }

    /// The last calls, oldest first.
    List<String> last() {
        return List.copyOf(last);
    }

    /// @param nth 1 for the next call
    void failNth(long nth, Fault fault) {
        faults.put(count + nth, fault);
    }

    /// Each call fails from the nth on.
    void failFrom(long nth) {
        failFrom = count + nth;
    }

    void heal() {
        faults.clear();
        failFrom = Long.MAX_VALUE;
    }

    void restart() {
        heal();
        crashDue = false;
        down = false;
    }

    void powerOff() {
        down = true;
    }

    void checkUp() {
        if (down) {
            throw new SimulatedCrash("the machine is down");
        }
    }

    /// Counts a call and fails it where it fails without having done anything.
    ///
    /// @return the fault that is left to the caller, who does a part of the work; null for none
    @Nullable Fault begin(String what, Kind kind) throws IOException {
        checkUp();
        count++;
        Fault fault = count >= failFrom ? Fault.IO_ERROR : faults.remove(count);
        remember(what + (fault == null ? "" : "  <- " + fault));
        crashDue = fault == Fault.CRASH;
        if (fault == null || (fault == Fault.DISK_FULL && !kind.takesRoom)) {
            return null;
        }
        if (kind == Kind.LOOK) {
            end();
        }
        if (kind == Kind.WRITE || crashDue || (kind == Kind.SYNC && fault == Fault.LOST_SYNC)) {
            return fault;
        }
        throw fault.exception(what);
    }

    /// Ends a call whose work is done: the crash that was due in it happens now, before the caller
    /// hears of the result.
    void end() {
        if (crashDue) {
            down = true;
            throw new SimulatedCrash("crash in call " + last.getLast());
        }
    }

    private void remember(String what) {
        if (last.size() == REMEMBERED) {
            last.removeFirst();
        }
        last.addLast(count + " " + what);
    }
}
