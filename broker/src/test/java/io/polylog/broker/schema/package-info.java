/// Tests of schemas.
@NullMarked
package io.polylog.broker.schema;

import org.jspecify.annotations.NullMarked;
