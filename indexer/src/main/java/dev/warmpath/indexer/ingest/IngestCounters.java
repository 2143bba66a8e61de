package dev.warmpath.indexer.ingest;

import java.util.concurrent.atomic.LongAdder;

/** What happened to the messages of one {@link Ingest}; any thread may read. */
public final class IngestCounters {
  final LongAdder appliedBatches = new LongAdder();
  final LongAdder duplicateBatches = new LongAdder();
  final LongAdder bufferedBatches = new LongAdder();
  final LongAdder overflowedBatches = new LongAdder();
  final LongAdder heartbeats = new LongAdder();
  final LongAdder inboxFull = new LongAdder();
  final LongAdder snapshotInboxFull = new LongAdder();
  final LongAdder unknownTargets = new LongAdder();
  final LongAdder wrongModels = new LongAdder();
  final LongAdder wrongIncarnations = new LongAdder();
  final LongAdder malformed = new LongAdder();
  final LongAdder oversized = new LongAdder();
  final LongAdder subjectMismatches = new LongAdder();
  final LongAdder incompleteContents = new LongAdder();
  final LongAdder resyncsRequested = new LongAdder();
  final LongAdder resyncsApplied = new LongAdder();
  final LongAdder resyncsFailed = new LongAdder();
  final LongAdder resyncsRefusedOld = new LongAdder();
  final LongAdder consumerRestarts = new LongAdder();
  final LongAdder questionsRefused = new LongAdder();
  final LongAdder dumpsNotRead = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder unexpectedEvents = new LongAdder();
  final LongAdder placements = new LongAdder();
  final LongAdder placementsDropped = new LongAdder();
  final LongAdder expiredPlacedBlocks = new LongAdder();

  /** Batches with at least one event that was new and next in order. */
  public long appliedBatches() {
    return appliedBatches.sum();
  }

  /** Batches whose events had all been applied before. */
  public long duplicateBatches() {
    return duplicateBatches.sum();
  }

  /** Batches that came before the events ahead of them, and wait. */
  public long bufferedBatches() {
    return bufferedBatches.sum();
  }

  /** Early batches dropped since too many wait already. */
  public long overflowedBatches() {
    return overflowedBatches.sum();
  }

  /** Batches without events. */
  public long heartbeats() {
    return heartbeats.sum();
  }

  /** Batches dropped since the inbox was full. */
  public long inboxFull() {
    return inboxFull.sum();
  }

  /** Snapshots refused since too many blocks of snapshots wait. */
  public long snapshotInboxFull() {
    return snapshotInboxFull.sum();
  }

  /** Batches and snapshots of targets that have not joined. */
  public long unknownTargets() {
    return unknownTargets.sum();
  }

  /** Batches that name another model than their target serves. */
  public long wrongModels() {
    return wrongModels.sum();
  }

  /** Batches and snapshots of another life of their worker. */
  public long wrongIncarnations() {
    return wrongIncarnations.sum();
  }

  /** Messages that break the wire contract, oversized ones included. */
  public long malformed() {
    return malformed.sum();
  }

  /** Messages refused for their size, before they were parsed. */
  public long oversized() {
    return oversized.sum();
  }

  /** Messages whose subject names another target than their content. */
  public long subjectMismatches() {
    return subjectMismatches.sum();
  }

  /** Times that a target's blocks were dropped since too many waited for a parent. */
  public long incompleteContents() {
    return incompleteContents.sum();
  }

  /** Resync requests, repetitions included; not those that were left out. */
  public long resyncsRequested() {
    return resyncsRequested.sum();
  }

  /** Snapshots that replaced a target's content. */
  public long resyncsApplied() {
    return resyncsApplied.sum();
  }

  /** Resync requests that failed to be sent, were refused or were not answered in time. */
  public long resyncsFailed() {
    return resyncsFailed.sum();
  }

  /** Snapshots that hold nothing new. */
  public long resyncsRefusedOld() {
    return resyncsRefusedOld.sum();
  }

  /** Times that the event consumer had to be made again. */
  public long consumerRestarts() {
    return consumerRestarts.sum();
  }

  /** Questions refused since too many waited for their answers. */
  public long questionsRefused() {
    return questionsRefused.sum();
  }

  /** Dumps that ended since their callers had stopped reading. */
  public long dumpsNotRead() {
    return dumpsNotRead.sum();
  }

  /** Messages whose handling failed unexpectedly; their targets are resynced. */
  public long failures() {
    return failures.sum();
  }

  /** Batches and snapshots of targets that are said to publish no events. */
  public long unexpectedEvents() {
    return unexpectedEvents.sum();
  }

  /** Prompts placed on targets that publish no events. */
  public long placements() {
    return placements.sum();
  }

  /** Such prompts that the index did not hear of since the inbox was full. */
  public long placementsDropped() {
    return placementsDropped.sum();
  }

  /** Blocks of such prompts that left since they were last placed too long ago. */
  public long expiredPlacedBlocks() {
    return expiredPlacedBlocks.sum();
  }
}
