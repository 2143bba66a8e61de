/** Who serves, and how loaded they are. Pure: no I/O, no clock. */
@NullMarked
package dev.warmpath.router.fleet;

import org.jspecify.annotations.NullMarked;
