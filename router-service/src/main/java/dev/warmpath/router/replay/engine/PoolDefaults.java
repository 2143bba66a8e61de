package dev.warmpath.router.replay.engine;

/**
 * How the workers of a pool are set up, unless a deployment says otherwise.
 *
 * @param ranks ranks of a worker, each with slots, step tokens and KV memory of its own
 * @param tp GPUs that a rank's batch runs on
 * @param limits of each rank
 * @param reuse whether prompts find what earlier ones left in the KV memory
 * @param sharedQueue whether workers take requests from one queue instead of being routed to
 * @param host memory behind the KV memory of each rank
 */
public record PoolDefaults(
    int ranks, int tp, RankLimits limits, boolean reuse, boolean sharedQueue, HostCache host) {
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
    if (host.isThere() && !reuse) {
      throw new IllegalArgumentException(
          "host_cache_blocks needs reuse true: without it nothing is kept, was " + host.blocks());
    }
  }

  /** The same on another number of GPUs. */
  public PoolDefaults withTp(int other) {
    return new PoolDefaults(ranks, other, limits, reuse, sharedQueue, host);
  }

  /** The same with other limits. */
  public PoolDefaults withLimits(RankLimits other) {
    return new PoolDefaults(ranks, tp, other, reuse, sharedQueue, host);
  }

  /** The same with reuse on or off; off, there is no host memory. */
  public PoolDefaults withReuse(boolean on) {
    return new PoolDefaults(ranks, tp, limits, on, sharedQueue, on ? host : HostCache.NONE);
  }

  /** The same with another number of ranks. */
  public PoolDefaults withRanks(int other) {
    return new PoolDefaults(other, tp, limits, reuse, sharedQueue, host);
  }

  /** The same with other host memory. */
  public PoolDefaults withHost(HostCache other) {
    return new PoolDefaults(ranks, tp, limits, reuse, sharedQueue, other);
  }
}
