package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the index and the ledger who comes and goes. A slot is free again once the index holds
 * nothing of it; its bookings end with the target. What follows in the fleet, such as letting in
 * who waited for the slot and telling watchers, is done in order on a thread of its own, so that
 * the index thread does none of it.
 */
final class IndexedFleet implements FleetListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexedFleet.class);

  private final Ingest ingest;
  private final LoadLedger ledger;
  private final ExecutorService releases =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("fleet-releases").factory());

  IndexedFleet(Ingest ingest, LoadLedger ledger) {
    this.ingest = ingest;
    this.ledger = ledger;
  }

  @Override
  public void joined(Target target) {
    ingest.join(indexed(target));
  }

  @Override
  public void left(Target target, Runnable released) {
    ledger.releaseSlot(target.slot(), System.nanoTime());
    ingest.leave(indexed(target), () -> handOver(released));
  }

  private void handOver(Runnable released) {
    try {
      releases.execute(released);
    } catch (RejectedExecutionException e) {
      LOG.debug("the router ends: a slot stays taken", e);
    }
  }

  /** Frees no further slots. */
  @Override
  public void close() {
    releases.shutdownNow();
  }

  private static IndexedTarget indexed(Target target) {
    return new IndexedTarget(
        target.slot(),
        target.id(),
        target.worker().model(),
        target.worker().blockSize(),
        target.worker().eagle(),
        target.worker().incarnation(),
        IndexBounds.blocksPerRank(target.worker()),
        target.worker().repeatedStores());
  }
}
