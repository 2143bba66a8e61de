package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.EventTransport;
import dev.warmpath.v1.KvEventBatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/** Loses a share of the batches on purpose. Thread-safe. */
final class LossyTransport implements EventTransport {
  private final EventTransport transport;
  private final double lossShare;
  private final RandomGenerator chance;
  private final LongAdder lost = new LongAdder();

  /**
   * @param lossShare 0 to 1
   * @param chance decides which; guarded by this transport
   */
  LossyTransport(EventTransport transport, double lossShare, RandomGenerator chance) {
    this.transport = transport;
    this.lossShare = lossShare;
    this.chance = chance;
  }

  @Override
  public void send(KvEventBatch batch) {
    boolean heartbeat = batch.getEventsCount() == 0;
    if (!heartbeat && isLost()) {
      lost.increment();
    } else {
      transport.send(batch);
    }
  }

  /** Batches lost so far. */
  long lost() {
    return lost.sum();
  }

  private synchronized boolean isLost() {
    return lossShare > 0 && chance.nextDouble() < lossShare;
  }
}
