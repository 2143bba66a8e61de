package dev.warmpath.router.app;

import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;

/**
 * Tells the index and the ledger who comes and goes. A slot is free again once the index holds
 * nothing of it; its bookings end with the target.
 */
record IndexedFleet(Ingest ingest, LoadLedger ledger) implements FleetListener {
  @Override
  public void joined(Target target) {
    ingest.join(indexed(target));
  }

  @Override
  public void left(Target target, Runnable released) {
    ledger.releaseSlot(target.slot(), System.nanoTime());
    ingest.leave(indexed(target), released);
  }

  private static IndexedTarget indexed(Target target) {
    return new IndexedTarget(
        target.slot(),
        target.id(),
        target.worker().model(),
        target.worker().blockSize(),
        target.worker().eagle(),
        target.worker().incarnation());
  }
}
