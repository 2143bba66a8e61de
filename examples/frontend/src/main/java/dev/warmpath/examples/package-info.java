/** What a reader can run. */
@NullMarked
package dev.warmpath.examples;

import org.jspecify.annotations.NullMarked;
