/** Token blocks to hashes. Pure: no I/O, no clock. */
@NullMarked
package dev.warmpath.indexer.block;

import org.jspecify.annotations.NullMarked;
