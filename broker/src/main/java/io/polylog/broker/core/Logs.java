package io.polylog.broker.core;

import io.polylog.log.ShardLog;
import java.util.List;

/// The logs a broker runs on, recovered and leading.
///
/// @param meta of the definitions
/// @param data of the data shards, by number
/// @param memory of what lives in memory only
public record Logs(ShardLog meta, List<ShardLog> data, ShardLog memory) {
    public Logs {
        data = List.copyOf(data);
    }
}
