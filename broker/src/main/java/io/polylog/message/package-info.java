/// Values every room speaks of: names, the neutral message and its headers, and the seam by which a
/// protocol's own encoding of a message becomes the neutral one. Nothing here has behaviour that
/// depends on time, threads or files.
@NullMarked
package io.polylog.message;

import org.jspecify.annotations.NullMarked;
