/** The thread that owns the index, and the ways on which events reach it. */
@NullMarked
package dev.warmpath.indexer.ingest;

import org.jspecify.annotations.NullMarked;
