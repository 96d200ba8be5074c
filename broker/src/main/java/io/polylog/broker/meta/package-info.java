/// The machine of the definitions: namespaces, topics, exchanges, bindings and producer ids. apply
/// makes a new immutable [io.polylog.broker.meta.Catalog] of each change; every other thread sees
/// the one of the last commit.
@NullMarked
package io.polylog.broker.meta;

import org.jspecify.annotations.NullMarked;
