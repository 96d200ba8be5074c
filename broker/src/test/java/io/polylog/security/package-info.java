/// Tests of who may connect.
@NullMarked
package io.polylog.security;

import org.jspecify.annotations.NullMarked;
