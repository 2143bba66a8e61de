/** Routing settings out of YAML, whichever file they are in. Pure: text comes in, values go out. */
@NullMarked
package dev.warmpath.router.settings;

import org.jspecify.annotations.NullMarked;
