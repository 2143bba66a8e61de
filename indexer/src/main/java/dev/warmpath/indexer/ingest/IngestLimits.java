package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.index.ApproximateCache;
import java.time.Duration;

/**
 * Bounds of one {@link Ingest}.
 *
 * @param inboxBatches event batches that may wait; further ones are dropped and counted, and their
 *     targets resynced
 * @param inboxBlocks blocks in waiting event batches; beyond it batches are dropped as above
 * @param inboxSnapshotBlocks blocks in waiting snapshots; beyond it a snapshot is refused and
 *     counted, and asked for again. One snapshot is always let in
 * @param earlyBatchesPerTarget batches of one target kept while events before them are missing or
 *     while its content awaits a snapshot; further ones are dropped and counted
 * @param holeWaitNanos how long events may be missing before a resync, nanoseconds
 * @param silenceNanos how long a target may send nothing, not even a heartbeat, before it counts as
 *     stale, nanoseconds
 * @param resyncRetryMinNanos wait for the first answer to a resync request, nanoseconds; doubles
 *     with each repetition
 * @param resyncRetryMaxNanos longest such wait, nanoseconds
 * @param cappedRetryNanos how long after a request for the content of a target at a bound of the
 *     index the next one is made, nanoseconds
 * @param placedLifeNanos how long after its last placement a block of a target that publishes no
 *     events and has no bound of its own leaves the index, within a second; nanoseconds
 * @param boundedPlacedLifeNanos the same for a target with a bound of its own; {@link #ENDLESS} for
 *     the bound alone
 */
public record IngestLimits(
    int inboxBatches,
    long inboxBlocks,
    long inboxSnapshotBlocks,
    int earlyBatchesPerTarget,
    long holeWaitNanos,
    long silenceNanos,
    long resyncRetryMinNanos,
    long resyncRetryMaxNanos,
    long cappedRetryNanos,
    long placedLifeNanos,
    long boundedPlacedLifeNanos) {
  /** A life that does not end. */
  public static final long ENDLESS = ApproximateCache.ENDLESS;

  /**
   * Room for 64 MiB of events and 256 MiB of snapshots; holes wait 50 ms, silence 5 s, retries 0.2
   * to 5 s, and 60 s at a bound of the index; placed blocks live 120 s where no bound makes them
   * leave.
   */
  public static final IngestLimits DEFAULT =
      new IngestLimits(
          65_536,
          4L << 20,
          16L << 20,
          512,
          Duration.ofMillis(50).toNanos(),
          Duration.ofSeconds(5).toNanos(),
          Duration.ofMillis(200).toNanos(),
          Duration.ofSeconds(5).toNanos(),
          Duration.ofSeconds(60).toNanos(),
          Duration.ofSeconds(120).toNanos(),
          ENDLESS);

  public IngestLimits {
    atLeast("inboxBatches", inboxBatches, 1);
    atLeast("inboxBlocks", inboxBlocks, 1);
    atLeast("inboxSnapshotBlocks", inboxSnapshotBlocks, 1);
    atLeast("earlyBatchesPerTarget", earlyBatchesPerTarget, 0);
    atLeast("holeWaitNanos", holeWaitNanos, 0);
    atLeast("silenceNanos", silenceNanos, 1);
    atLeast("resyncRetryMinNanos", resyncRetryMinNanos, 1);
    atLeast("resyncRetryMaxNanos", resyncRetryMaxNanos, resyncRetryMinNanos);
    atLeast("cappedRetryNanos", cappedRetryNanos, 1);
    atLeast("placedLifeNanos", placedLifeNanos, 1);
    atLeast("boundedPlacedLifeNanos", boundedPlacedLifeNanos, 1);
  }

  /** The same with one life of placed blocks, nanoseconds, on targets with and without a bound. */
  public IngestLimits withPlacedLife(long nanos) {
    return new IngestLimits(
        inboxBatches,
        inboxBlocks,
        inboxSnapshotBlocks,
        earlyBatchesPerTarget,
        holeWaitNanos,
        silenceNanos,
        resyncRetryMinNanos,
        resyncRetryMaxNanos,
        cappedRetryNanos,
        nanos,
        nanos);
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s must be at least %d: %d".formatted(name, least, value));
    }
  }
}
