package dev.warmpath.router.replay.engine;

/**
 * Host memory behind the KV memory of a rank, for blocks that have to leave it.
 *
 * @param blocks that it holds; 0 for none
 * @param fetchMillisPerBlock time that a block takes back to the device, milliseconds; to a minute
 */
public record HostCache(int blocks, double fetchMillisPerBlock) {
  /** No host memory. */
  public static final HostCache NONE = new HostCache(0, 0);

  private static final double MAX_MILLIS = 60_000;

  public HostCache {
    if (blocks < 0) {
      throw new IllegalArgumentException("host_cache_blocks must be at least 0, was " + blocks);
    }
    if (!(fetchMillisPerBlock >= 0 && fetchMillisPerBlock <= MAX_MILLIS)) {
      throw new IllegalArgumentException(
          "host_fetch_ms_per_block must be a number from 0 to %.0f, was %s"
              .formatted(MAX_MILLIS, fetchMillisPerBlock));
    }
  }

  /** Whether there is any. */
  public boolean isThere() {
    return blocks > 0;
  }
}
