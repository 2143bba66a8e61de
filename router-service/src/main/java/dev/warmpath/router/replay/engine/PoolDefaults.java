package dev.warmpath.router.replay.engine;

/**
 * How the workers of a pool are set up, unless a deployment says otherwise.
 *
 * @param ranks ranks of a worker, each with slots, step tokens and KV memory of its own
 * @param tp GPUs that a rank's batch runs on
 * @param limits of each rank
 * @param reuse whether prompts find what earlier ones left in the KV memory
 * @param sharedQueue whether workers take requests from one queue instead of being routed to
 * @param offload where blocks go that have to leave the KV memory of a rank
 */
public record PoolDefaults(
    int ranks, int tp, RankLimits limits, boolean reuse, boolean sharedQueue, Offload offload) {
  public PoolDefaults {
    Constants.requireAbove("ranks", ranks, 0);
    Constants.requireAbove("tp", tp, 0);
    if (sharedQueue && (reuse || ranks > 1)) {
      throw new IllegalArgumentException(
          "shared_queue needs reuse false and ranks 1: workers that are not routed to have no cache"
              + " of their own");
    }
    if (sharedQueue && limits.preemption()) {
      throw new IllegalArgumentException(
          "preemption needs shared_queue false: who is preempted waits where it was");
    }
    for (OffloadTier tier : offload.tiers()) {
      if (!reuse) {
        throw new IllegalArgumentException(
            "%s needs reuse true: without it nothing is kept, was %d"
                .formatted(tier.blocksField(), tier.blocks()));
      }
    }
  }

  /** The same on another number of GPUs. */
  public PoolDefaults withTp(int other) {
    return new PoolDefaults(ranks, other, limits, reuse, sharedQueue, offload);
  }

  /** The same with other limits. */
  public PoolDefaults withLimits(RankLimits other) {
    return new PoolDefaults(ranks, tp, other, reuse, sharedQueue, offload);
  }

  /** The same with reuse on or off; off, nothing is offloaded. */
  public PoolDefaults withReuse(boolean on) {
    return new PoolDefaults(ranks, tp, limits, on, sharedQueue, on ? offload : Offload.NONE);
  }

  /** The same with another number of ranks. */
  public PoolDefaults withRanks(int other) {
    return new PoolDefaults(other, tp, limits, reuse, sharedQueue, offload);
  }

  /** The same with other memory behind the KV memory. */
  public PoolDefaults withOffload(Offload other) {
    return new PoolDefaults(ranks, tp, limits, reuse, sharedQueue, other);
  }
}
