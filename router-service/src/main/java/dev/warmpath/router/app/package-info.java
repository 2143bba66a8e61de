/** Configuration, wiring and the command line. */
@NullMarked
package dev.warmpath.router.app;

import org.jspecify.annotations.NullMarked;
