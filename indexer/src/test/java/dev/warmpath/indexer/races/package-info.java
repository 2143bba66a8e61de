/**
 * Races between the writer of the prefix index and its readers, one tiny jcstress test for each.
 */
@NullMarked
package dev.warmpath.indexer.races;

import org.jspecify.annotations.NullMarked;
