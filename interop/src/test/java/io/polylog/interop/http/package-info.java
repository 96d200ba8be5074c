/// Plain HTTP: publishing and consuming with the JDK's client.
@NullMarked
package io.polylog.interop.http;

import org.jspecify.annotations.NullMarked;
