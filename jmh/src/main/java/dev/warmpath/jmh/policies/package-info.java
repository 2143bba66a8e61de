/** Policies beside one another over many traces, fleets and loads. */
@NullMarked
package dev.warmpath.jmh.policies;

import org.jspecify.annotations.NullMarked;
