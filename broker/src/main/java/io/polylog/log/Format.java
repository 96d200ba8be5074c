package io.polylog.log;

/// The formats on disk. A changed layout is a new version; what is older than `oldestVersion` is
/// refused.
enum Format {
    META("meta", 1, 1),
    SEGMENT("segment", 1, 1),
    INDEX("index", 1, 1),
    CELLS("cells", 2, 2),
    MANIFEST("manifest", 2, 2);

    private final String label;
    private final int version;
    private final int oldestVersion;

    Format(String label, int version, int oldestVersion) {
        this.label = label;
        this.version = version;
        this.oldestVersion = oldestVersion;
    }

    String label() {
        return label;
    }

    int version() {
        return version;
    }

    int oldestVersion() {
        return oldestVersion;
    }
}
