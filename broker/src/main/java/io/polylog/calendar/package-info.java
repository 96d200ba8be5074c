/// Lengths of time, and times by the calendar: values only. Any thread.
@NullMarked
package io.polylog.calendar;

import org.jspecify.annotations.NullMarked;
