package io.polylog.io;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Memory outside the heap. Any thread.
public final class Memory {
    private static final Linker LINKER = Linker.nativeLinker();

    private Memory() {}

    /// Memory that the operating system hands out page by page as it is first written: what is
    /// never used costs nothing, and nobody waits for all of it to be cleared. Freed when no view
    /// of it is left.
    ///
    /// @param bytes a multiple of `alignment`, below 2 GiB
    /// @param alignment a power of two
    /// @return big-endian; what it holds is undefined
    @SuppressWarnings("restricted") // the launcher and the tests enable native access
    public static ByteBuffer untouched(int bytes, int alignment) {
        Optional<MemorySegment> allocate = LINKER.defaultLookup().find("aligned_alloc");
        Optional<MemorySegment> free = LINKER.defaultLookup().find("free");
        if (allocate.isEmpty() || free.isEmpty()) {
            return Arena.ofAuto().allocate(bytes, alignment).asByteBuffer();
        }
        FunctionDescriptor allocates =
                FunctionDescriptor.of(
                        ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
        MethodHandle allocator = LINKER.downcallHandle(allocate.get(), allocates);
        MethodHandle freer =
                LINKER.downcallHandle(free.get(), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
        try {
            MemorySegment found =
                    (MemorySegment) allocator.invokeExact((long) alignment, (long) bytes);
            if (found.equals(MemorySegment.NULL)) {
                throw new OutOfMemoryError("no " + bytes + " bytes of memory outside the heap");
            }
            return found.reinterpret(bytes, Arena.ofAuto(), gone -> free(freer, gone))
                    .asByteBuffer();
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("aligned_alloc cannot be called", e);
        }
    }

    private static void free(MethodHandle freer, MemorySegment memory) {
        try {
            freer.invokeExact(memory);
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("free cannot be called", e);
        }
    }
}
