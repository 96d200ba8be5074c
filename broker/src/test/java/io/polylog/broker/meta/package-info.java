/// Tests of the definitions' machine.
@NullMarked
package io.polylog.broker.meta;

import org.jspecify.annotations.NullMarked;
