package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.v1.KvEventBatch;

/**
 * Event batches as they come over a wire, into an {@link Ingest}. Any thread; never blocks. What is
 * malformed is counted and refused: it spoils its own batch only.
 */
public final class WireIntake {
  /** What became of a well-formed batch. */
  public enum Outcome {
    /** It waits in the inbox. */
    TAKEN,
    /** Its target has not joined; it is dropped and counted. */
    UNKNOWN_TARGET,
    /** The inbox is full; it is dropped and counted, and its target will be resynced. */
    INBOX_FULL
  }

  private final Ingest ingest;

  /** An intake of {@code ingest}. */
  public WireIntake(Ingest ingest) {
    this.ingest = ingest;
  }

  /**
   * Parses a batch.
   *
   * @throws MalformedEventException if it is too long or no batch
   */
  public KvEventBatch parse(byte[] payload) throws MalformedEventException {
    try {
      return KvEventCodec.parse(payload);
    } catch (MalformedEventException e) {
      ingest.counters().malformed.increment();
      if (payload.length > WireLimits.PAYLOAD_BYTES) {
        ingest.counters().oversized.increment();
      }
      throw e;
    }
  }

  /**
   * Takes a batch.
   *
   * @throws MalformedEventException if it breaks the wire contract or does not fit its target
   */
  public Outcome take(KvEventBatch batch) throws MalformedEventException {
    try {
      TargetId id = KvEventCodec.target(batch);
      IndexedTarget target = ingest.target(id);
      if (target == null) {
        ingest.counters().unknownTargets.increment();
        return Outcome.UNKNOWN_TARGET;
      }
      return ingest.offer(KvEventCodec.decode(batch, target)) ? Outcome.TAKEN : Outcome.INBOX_FULL;
    } catch (MalformedEventException e) {
      ingest.counters().malformed.increment();
      throw e;
    }
  }
}
