/// The durable log: one sequential file set per data directory that carries the commands of every
/// shard, and the store that finds a stream's records in it again. [ShardLog], [ShardMachine] and
/// [RecordStore] are the seams: the state machine above names a message only as (stream, offset)
/// and never knows a file, a segment or a position. apply runs on the commit thread.
@NullMarked
package io.polylog.log;

import org.jspecify.annotations.NullMarked;
