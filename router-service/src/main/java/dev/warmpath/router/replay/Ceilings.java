package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.KvEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * What no router can beat by much: block hit rates of one cache that serves all requests, each
 * prompt computed in no time.
 *
 * @param endless hit rate, 0 to 1, of a cache that never forgets
 * @param pooledLru hit rate, 0 to 1, of one least-recently-used cache with the memory of all
 *     targets
 */
public record Ceilings(double endless, double pooledLru) {

  /**
   * The ceilings of a trace.
   *
   * @param pooledBlocks blocks that all targets together can hold
   */
  public static Ceilings of(Trace trace, long pooledBlocks) {
    int pooled = (int) Math.min(pooledBlocks, Integer.MAX_VALUE);
    return new Ceilings(hitRate(trace, Integer.MAX_VALUE), hitRate(trace, pooled));
  }

  private static double hitRate(Trace trace, int capacityBlocks) {
    SimulatedCache cache = new SimulatedCache(capacityBlocks, 0L);
    List<KvEvent> ignored = new ArrayList<>();
    long hits = 0;
    for (TraceRequest request : trace.requests()) {
      hits += cache.reserve(request.prompt(), ignored);
      cache.store(request.prompt(), ignored);
      ignored.clear();
    }
    return (double) hits / trace.blocks();
  }
}
