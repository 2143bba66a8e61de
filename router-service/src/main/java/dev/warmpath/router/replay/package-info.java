/**
 * Traces, simulated engines and virtual time: what each routing policy reaches on a given traffic.
 *
 * <p>The decision, the index and the ledger are those of production. Time is a {@code long} that
 * the caller moves, chance comes from seeds; the same input gives the same bytes. Only the trace
 * reader and writer touch a stream.
 */
@NullMarked
package dev.warmpath.router.replay;

import org.jspecify.annotations.NullMarked;
