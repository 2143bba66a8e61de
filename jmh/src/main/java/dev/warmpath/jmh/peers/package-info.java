/**
 * The index beside the indexes of other routers, on one corpus of cache events: {@link BenchPeers}
 * makes the corpora, runs {@link JavaPeer} and the programs of {@code jmh/peers}, and prints one
 * table.
 */
@NullMarked
package dev.warmpath.jmh.peers;

import org.jspecify.annotations.NullMarked;
