/// Tests of the whole broker with MQTT's own clients.
@NullMarked
package io.polylog.interop.mqtt;

import org.jspecify.annotations.NullMarked;
