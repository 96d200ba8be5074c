package io.polylog.log;

/// Names a data directory for ever; drawn when it is made and written into each of its files.
record DirectoryId(long high, long low) {
    @Override
    public String toString() {
        return "%016x%016x".formatted(high, low);
    }
}
