/// Filters, by themselves.
@NullMarked
package io.polylog.broker.filter;

import org.jspecify.annotations.NullMarked;
