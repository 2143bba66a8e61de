/**
 * Fixtures that the tests of several modules share: a literal index, random event streams, and what
 * runs races.
 */
@NullMarked
package dev.warmpath.indexer.testing;

import org.jspecify.annotations.NullMarked;
