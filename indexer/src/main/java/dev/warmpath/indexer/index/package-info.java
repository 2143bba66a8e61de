/**
 * The prefix index: which target holds which leading blocks of a prompt. Pure: no I/O, no clock.
 */
@NullMarked
package dev.warmpath.indexer.index;

import org.jspecify.annotations.NullMarked;
