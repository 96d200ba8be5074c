/// A real broker on real disks that are full or fail.
@NullMarked
package io.polylog.interop.disk;

import org.jspecify.annotations.NullMarked;
