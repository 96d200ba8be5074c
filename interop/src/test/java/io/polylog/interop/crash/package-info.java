/// Brokers that are killed or lose their power under load, and what their clients are owed
/// afterwards. Loads run on threads of their own and go through every crash by themselves, as
/// applications do.
@NullMarked
package io.polylog.interop.crash;

import org.jspecify.annotations.NullMarked;
