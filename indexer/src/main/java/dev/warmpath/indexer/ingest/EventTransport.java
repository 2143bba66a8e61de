package dev.warmpath.indexer.ingest;

import dev.warmpath.v1.KvEventBatch;

/** Carries event batches from a worker towards the indexes. */
public interface EventTransport {
  /**
   * Sends a batch. Any thread; called in the order of the event ids of a rank. Never blocks and
   * does not throw: what cannot be sent is dropped and counted, since the receivers find the hole
   * and repair it.
   */
  void send(KvEventBatch batch);
}
