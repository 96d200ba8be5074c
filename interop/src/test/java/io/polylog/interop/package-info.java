/** Tests that drive a whole broker process with the real clients of each protocol. */
@NullMarked
package io.polylog.interop;

import org.jspecify.annotations.NullMarked;
