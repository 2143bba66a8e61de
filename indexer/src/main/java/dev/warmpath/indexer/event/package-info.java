/**
 * What workers tell the index, as values, and the order in which it is taken. Pure: no I/O, no
 * clock.
 */
@NullMarked
package dev.warmpath.indexer.event;

import org.jspecify.annotations.NullMarked;
