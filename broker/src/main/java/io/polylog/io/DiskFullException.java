package io.polylog.io;

import java.io.IOException;

/// The file system has no room for a write, or a quota is used up. Nothing else is wrong: the same
/// write succeeds once there is room.
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskFullException(String message, Throwable cause) {
        super(message, cause);
    }

    public DiskFullException(String message) {
        super(message);
    }
}
