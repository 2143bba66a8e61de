/** Benchmarks of what the index keeps to itself, and the variants that were rejected. */
@NullMarked
package dev.warmpath.indexer.index;

import org.jspecify.annotations.NullMarked;
