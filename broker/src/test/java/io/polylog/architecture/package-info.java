/// The rules of the house, as tests: which room may import which, what only `io` may touch, how
/// long a method may be. Each rule is also shown to catch a planted violation.
@NullMarked
package io.polylog.architecture;

import org.jspecify.annotations.NullMarked;
