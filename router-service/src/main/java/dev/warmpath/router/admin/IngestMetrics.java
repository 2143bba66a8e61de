package dev.warmpath.router.admin;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** The event path: what was applied, dropped, refused and repaired. */
final class IngestMetrics implements MeterBinder {
  private final ToLongFunction<IngestCount> counts;
  private final LongSupplier inboxBatches;

  IngestMetrics(ToLongFunction<IngestCount> counts, LongSupplier inboxBatches) {
    this.counts = counts;
    this.inboxBatches = inboxBatches;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (IngestCount count : IngestCount.values()) {
      Meters.counter(
          registry, count.metric(), count.description(), () -> counts.applyAsLong(count));
    }
    Meters.gauge(
        registry,
        "warmpath_ingest_inbox_batches",
        "Event batches that wait for the index thread",
        inboxBatches::getAsLong);
  }
}
