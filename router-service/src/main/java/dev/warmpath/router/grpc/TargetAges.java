package dev.warmpath.router.grpc;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.v1.Candidate;
import java.util.function.LongSupplier;

/** How old what is known of a target is. Any thread. */
final class TargetAges {
  private final IndexState indexes;
  private final LoadLedger ledger;
  private final LongSupplier nowNanos;

  TargetAges(IndexState indexes, LoadLedger ledger, LongSupplier nowNanos) {
    this.indexes = indexes;
    this.ledger = ledger;
    this.nowNanos = nowNanos;
  }

  /** Whether the index may be behind a slot's target. */
  boolean stale(int slot) {
    return indexes.stale().test(slot);
  }

  /** Sets what a candidate says of the age of what is known of it. */
  void tell(Candidate.Builder candidate, int slot) {
    candidate.setStale(stale(slot));
    long now = nowNanos.getAsLong();
    long heardNanos = indexes.heardNanos().applyAsLong(slot);
    if (heardNanos != Ingest.NEVER_HEARD) {
      candidate.setIndexHeardAgeMs(NANOSECONDS.toMillis(Math.max(0, now - heardNanos)));
    }
    long reportNanos = ledger.reportedAgeNanos(slot, now);
    if (reportNanos != LoadLedger.NOT_REPORTED) {
      candidate.setLoadReportAgeMs(NANOSECONDS.toMillis(reportNanos));
    }
  }
}
