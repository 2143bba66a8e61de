/** Fixtures that the tests of several modules share: a literal index and random event streams. */
@NullMarked
package dev.warmpath.indexer.testing;

import org.jspecify.annotations.NullMarked;
