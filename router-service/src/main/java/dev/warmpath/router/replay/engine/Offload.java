package dev.warmpath.router.replay.engine;

import java.util.List;

/**
 * Where blocks go that have to leave the KV memory of a rank: to the host's memory, and from there,
 * or at once where the host keeps none, to its disk.
 *
 * @param host the host's memory
 * @param disk the host's disk
 */
public record Offload(OffloadTier host, OffloadTier disk) {
  /** Nowhere: what leaves is gone. */
  public static final Offload NONE = of(0, 0, 0, 0);

  /** Both by their numbers, see {@link OffloadTier}. */
  public static Offload of(
      int hostBlocks, double hostFetchMillis, int diskBlocks, double diskFetchMillis) {
    return new Offload(
        new OffloadTier("host", hostBlocks, hostFetchMillis),
        new OffloadTier("disk", diskBlocks, diskFetchMillis));
  }

  /** Those that are there, the faster first. */
  public List<OffloadTier> tiers() {
    return List.of(host, disk).stream().filter(OffloadTier::isThere).toList();
  }

  /** Whether any is. */
  public boolean isThere() {
    return host.isThere() || disk.isThere();
  }
}
