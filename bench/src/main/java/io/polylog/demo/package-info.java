/// The shop example, end to end with real clients against a broker it starts, kills and restarts:
/// checkout publishes each order once, billing, inventory, the warehouse, the stock service and
/// audit each get it. Started by `./polylog demo`; a thread for each client.
@NullMarked
package io.polylog.demo;

import org.jspecify.annotations.NullMarked;
