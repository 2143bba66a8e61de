package dev.warmpath.router.replay.engine;

/**
 * Memory behind the KV memory of a rank, for blocks that have to leave it.
 *
 * @param name with which the fields of a deployment begin: host or disk
 * @param blocks that it holds; 0 for none
 * @param fetchMillisPerBlock time that a block takes back to the device, milliseconds; to a minute
 */
public record OffloadTier(String name, int blocks, double fetchMillisPerBlock) {
  private static final double MAX_MILLIS = 60_000;

  public OffloadTier {
    if (blocks < 0) {
      throw new IllegalArgumentException(
          "%s_cache_blocks must be at least 0, was %d".formatted(name, blocks));
    }
    if (!(fetchMillisPerBlock >= 0 && fetchMillisPerBlock <= MAX_MILLIS)) {
      throw new IllegalArgumentException(
          "%s_fetch_ms_per_block must be a number from 0 to %.0f, was %s"
              .formatted(name, MAX_MILLIS, fetchMillisPerBlock));
    }
  }

  /** Name of the field that says how many blocks it holds. */
  public String blocksField() {
    return name + "_cache_blocks";
  }

  /** Name of the field that says what a fetch takes. */
  public String fetchField() {
    return name + "_fetch_ms_per_block";
  }

  /** Whether there is any. */
  public boolean isThere() {
    return blocks > 0;
  }
}
