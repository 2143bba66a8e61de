/** Fixtures that the tests of all modules share. */
@NullMarked
package dev.warmpath.indexer.testing;

import org.jspecify.annotations.NullMarked;
