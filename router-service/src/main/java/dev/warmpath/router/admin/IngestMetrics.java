package dev.warmpath.router.admin;

import dev.warmpath.indexer.ingest.IngestCounters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** The event path: what was applied, dropped, refused and repaired. */
final class IngestMetrics implements MeterBinder {
  /** The counters; their names are exported with _total. */
  static final List<Count> COUNTS =
      List.of(
          new Count(
              "warmpath_ingest_batches_applied",
              "Batches with new events",
              IngestCounters::appliedBatches),
          new Count(
              "warmpath_ingest_batches_duplicate",
              "Batches whose events had all been applied before",
              IngestCounters::duplicateBatches),
          new Count(
              "warmpath_ingest_batches_buffered",
              "Batches that waited for the events ahead of them",
              IngestCounters::bufferedBatches),
          new Count(
              "warmpath_ingest_batches_overflowed",
              "Early batches dropped since too many waited",
              IngestCounters::overflowedBatches),
          new Count(
              "warmpath_ingest_heartbeats", "Batches without events", IngestCounters::heartbeats),
          new Count(
              "warmpath_ingest_inbox_full",
              "Batches dropped since the inbox was full",
              IngestCounters::inboxFull),
          new Count(
              "warmpath_ingest_snapshot_inbox_full",
              "Snapshots refused since too many waited",
              IngestCounters::snapshotInboxFull),
          new Count(
              "warmpath_ingest_unknown_target",
              "Messages of targets that have not joined",
              IngestCounters::unknownTargets),
          new Count(
              "warmpath_ingest_wrong_model",
              "Batches that name another model than their target serves",
              IngestCounters::wrongModels),
          new Count(
              "warmpath_ingest_wrong_incarnation",
              "Messages of another life of their worker",
              IngestCounters::wrongIncarnations),
          new Count(
              "warmpath_ingest_malformed",
              "Messages that break the wire contract",
              IngestCounters::malformed),
          new Count(
              "warmpath_ingest_oversized",
              "Messages refused for their size",
              IngestCounters::oversized),
          new Count(
              "warmpath_ingest_subject_mismatch",
              "Messages whose subject names another target",
              IngestCounters::subjectMismatches),
          new Count(
              "warmpath_ingest_incomplete_content",
              "Times that a target's blocks were dropped since too many waited for a parent",
              IngestCounters::incompleteContents),
          new Count(
              "warmpath_ingest_resyncs_requested",
              "Resync requests, repetitions included",
              IngestCounters::resyncsRequested),
          new Count(
              "warmpath_ingest_resyncs_applied",
              "Snapshots that replaced a target's content",
              IngestCounters::resyncsApplied),
          new Count(
              "warmpath_ingest_resyncs_failed",
              "Resync requests without a useful answer",
              IngestCounters::resyncsFailed),
          new Count(
              "warmpath_ingest_resyncs_refused_old",
              "Snapshots that held nothing new",
              IngestCounters::resyncsRefusedOld),
          new Count(
              "warmpath_ingest_consumer_restarts",
              "Times that the event consumer was made again",
              IngestCounters::consumerRestarts),
          new Count(
              "warmpath_ingest_questions_refused",
              "Stats and Dump calls refused since too many waited",
              IngestCounters::questionsRefused),
          new Count(
              "warmpath_ingest_dumps_not_read",
              "Dump calls ended since their callers had stopped reading",
              IngestCounters::dumpsNotRead),
          new Count(
              "warmpath_ingest_unexpected_events",
              "Batches and snapshots of targets that are said to publish no events",
              IngestCounters::unexpectedEvents),
          new Count(
              "warmpath_ingest_placements",
              "Prompts placed on targets that publish no events",
              IngestCounters::placements),
          new Count(
              "warmpath_ingest_placements_dropped",
              "Such prompts left out of the index since the inbox was full",
              IngestCounters::placementsDropped),
          new Count(
              "warmpath_ingest_placed_blocks_expired",
              "Blocks of such prompts that left since they were last placed too long ago",
              IngestCounters::expiredPlacedBlocks),
          new Count(
              "warmpath_ingest_failures",
              "Messages whose handling failed unexpectedly",
              IngestCounters::failures));

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
          registry, count.name(), count.description(), () -> count.reader().applyAsLong(counters));
    }
    Meters.gauge(
        registry,
        "warmpath_ingest_inbox_batches",
        "Event batches and placements that wait for the index thread",
        inboxBatches::getAsLong);
  }

  /** One counter of the event path. */
  record Count(String name, String description, ToLongFunction<IngestCounters> reader) {}
}
