/** JMH benchmarks of the measured paths, each beside the plain alternative that it is judged by. */
@NullMarked
package dev.warmpath.jmh;

import org.jspecify.annotations.NullMarked;
