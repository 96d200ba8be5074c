/// Tests of what clients of one protocol make of what clients of another wrote, on the whole
/// broker.
@NullMarked
package io.polylog.interop.between;

import org.jspecify.annotations.NullMarked;
