package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Reader;
import io.polylog.broker.command.AppendCommand;
import io.polylog.broker.command.AppendInternalCommand;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.TransferCommand;
import io.polylog.log.RecordStore.StoredRecord;

/// Reads stored records back as what was handed over.
final class StoredContent {
    private StoredContent() {}

    /// Whether a record is a producer's batch.
    static boolean isBatch(StoredRecord stored) {
        return stored.type() != PublishCommand.TYPE && stored.type() != TransferCommand.TYPE;
    }

    static Content content(StoredRecord stored) {
        return switch (stored.type()) {
            case PublishCommand.TYPE -> PublishCommand.content(stored.head(), stored.payload());
            case TransferCommand.TYPE -> TransferCommand.content(stored.head(), stored.payload());
            case AppendCommand.TYPE -> AppendCommand.content(stored.head(), stored.payload());
            case AppendInternalCommand.TYPE -> AppendInternalCommand.content(stored.payload());
            default ->
                    throw new IllegalStateException(
                            "a stored record has the unknown type " + stored.type());
        };
    }

    static Reader.Entry entry(StoredRecord stored) {
        return new Reader.Entry(
                stored.offset(), stored.span(), isBatch(stored), stored.timeMs(), content(stored));
    }
}
