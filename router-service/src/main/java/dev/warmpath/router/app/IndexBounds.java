package dev.warmpath.router.app;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.router.fleet.Worker;

/** How much of the index a target and all targets together may take. */
final class IndexBounds {
  /** For a target whose worker does not say how many blocks it holds. */
  static final long UNADVERTISED_BLOCKS = 4L << 20;

  /** For each advertised block: itself, and a second name or copy of it. */
  private static final long DEVICE_SHARE = 2;

  /** Memory of a host beside that of its devices. */
  private static final long HOST_SHARE = 16;

  /** Disks, or a store that several hosts share. */
  private static final long DISK_SHARE = 64;

  /** Blocks whose removal is on its way, and small caches. */
  private static final long IN_FLIGHT_BLOCKS = 4_096;

  private IndexBounds() {}

  /** The index of a router that is told nothing: half of the heap, one thread. */
  static IndexOptions standard() {
    return new IndexOptions(
        IndexLimits.DEFAULT.with(UNADVERTISED_BLOCKS, halfOfTheHeap()), 1, null);
  }

  static long halfOfTheHeap() {
    return Runtime.getRuntime().maxMemory() / 2;
  }

  /**
   * Blocks that the index keeps of one rank of a worker: generously more than it can hold, so that
   * only a worker that is broken meets the bound. Of a worker that publishes no events it keeps
   * what fits into the device, since nobody tells what leaves. 0 when the worker does not say.
   */
  static long blocksPerRank(Worker worker) {
    if (worker.kvBlocksPerRank() == 0) {
      return 0;
    }
    if (!worker.publishesEvents()) {
      return worker.kvBlocksPerRank();
    }
    long share = DEVICE_SHARE;
    share += worker.tiers().contains(Tier.HOST) ? HOST_SHARE : 0;
    share += worker.tiers().contains(Tier.DISK) ? DISK_SHARE : 0;
    share += worker.tiers().contains(Tier.EXTERNAL) ? DISK_SHARE : 0;
    long advertised = Math.min(worker.kvBlocksPerRank(), IndexLimits.MOST_BLOCKS_PER_TARGET);
    return Math.min(share * advertised + IN_FLIGHT_BLOCKS, IndexLimits.MOST_BLOCKS_PER_TARGET);
  }
}
