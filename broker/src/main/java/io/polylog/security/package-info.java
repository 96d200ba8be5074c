/// Who may do what: principals, their permissions and the one gate that checks them.
@NullMarked
package io.polylog.security;

import org.jspecify.annotations.NullMarked;
