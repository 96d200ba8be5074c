/// What a real broker's open ports make of bytes that no client of theirs would send.
@NullMarked
package io.polylog.interop.hostile;

import org.jspecify.annotations.NullMarked;
