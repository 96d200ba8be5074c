/// What people and their tools ask over HTTP: health and metrics. Each request runs on a virtual
/// thread of the web server's and reads only.
@NullMarked
package io.polylog.admin;

import org.jspecify.annotations.NullMarked;
