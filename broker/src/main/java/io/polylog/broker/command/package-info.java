/// The commands the machines of the core are made of, as they stand in the log: one file for each,
/// with its number, version, encoding and decoding. A changed meaning is a new version; a version
/// once released is decoded for ever. Values and pure functions, any thread.
@NullMarked
package io.polylog.broker.command;

import org.jspecify.annotations.NullMarked;
