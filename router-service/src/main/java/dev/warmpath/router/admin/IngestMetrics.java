package dev.warmpath.router.admin;

import dev.warmpath.indexer.ingest.IngestCounters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** The event path: what was applied, dropped, refused and repaired. */
final class IngestMetrics implements MeterBinder {
  /** The counters, by what follows warmpath_ingest_ in their names. */
  static final List<Count> COUNTS =
      List.of(
          new Count("batches_applied", "Batches with new events", IngestCounters::appliedBatches),
          new Count(
              "batches_duplicate",
              "Batches whose events had all been applied before",
              IngestCounters::duplicateBatches),
          new Count(
              "batches_buffered",
              "Batches that waited for the events ahead of them",
              IngestCounters::bufferedBatches),
          new Count(
              "batches_overflowed",
              "Early batches dropped since too many waited",
              IngestCounters::overflowedBatches),
          new Count("heartbeats", "Batches without events", IngestCounters::heartbeats),
          new Count(
              "inbox_full", "Batches dropped since the inbox was full", IngestCounters::inboxFull),
          new Count(
              "snapshot_inbox_full",
              "Snapshots refused since too many waited",
              IngestCounters::snapshotInboxFull),
          new Count(
              "unknown_target",
              "Messages of targets that have not joined",
              IngestCounters::unknownTargets),
          new Count(
              "wrong_model",
              "Batches that name another model than their target serves",
              IngestCounters::wrongModels),
          new Count(
              "wrong_incarnation",
              "Messages of another life of their worker",
              IngestCounters::wrongIncarnations),
          new Count(
              "malformed", "Messages that break the wire contract", IngestCounters::malformed),
          new Count("oversized", "Messages refused for their size", IngestCounters::oversized),
          new Count(
              "subject_mismatch",
              "Messages whose subject names another target",
              IngestCounters::subjectMismatches),
          new Count(
              "incomplete_content",
              "Targets emptied since too many blocks waited for a parent",
              IngestCounters::incompleteContents),
          new Count(
              "resyncs_requested",
              "Resync requests, repetitions included",
              IngestCounters::resyncsRequested),
          new Count(
              "resyncs_applied",
              "Snapshots that replaced a target's content",
              IngestCounters::resyncsApplied),
          new Count(
              "resyncs_failed",
              "Resync requests without a useful answer",
              IngestCounters::resyncsFailed),
          new Count(
              "resyncs_refused_old",
              "Snapshots that held nothing new",
              IngestCounters::resyncsRefusedOld),
          new Count(
              "consumer_restarts",
              "Times that the event consumer was made again",
              IngestCounters::consumerRestarts),
          new Count(
              "failures", "Messages whose handling failed unexpectedly", IngestCounters::failures));

  private final IngestCounters counters;
  private final LongSupplier inboxBatches;

  IngestMetrics(IngestCounters counters, LongSupplier inboxBatches) {
    this.counters = counters;
    this.inboxBatches = inboxBatches;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    for (Count count : COUNTS) {
      Meters.counter(
          registry,
          "warmpath_ingest_" + count.suffix(),
          count.description(),
          () -> count.reader().applyAsLong(counters));
    }
    Meters.gauge(
        registry,
        "warmpath_ingest_inbox_batches",
        "Event batches that wait for the index thread",
        inboxBatches::getAsLong);
  }

  /** One counter of the event path. */
  record Count(String suffix, String description, ToLongFunction<IngestCounters> reader) {}
}
