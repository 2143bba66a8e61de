package dev.warmpath.router.admin;

/** What is counted on the way from a worker's event to the index. */
public enum IngestCount {
  /** Batches with at least one event that was new and next in order. */
  APPLIED_BATCHES("batches_applied", "Batches with at least one event that was new and next"),
  /** Batches whose events had all been applied before. */
  DUPLICATE_BATCHES("batches_duplicate", "Batches whose events had all been applied before"),
  /** Batches that wait for the events ahead of them. */
  BUFFERED_BATCHES("batches_buffered", "Batches that waited for the events ahead of them"),
  /** Early batches dropped since too many wait. */
  OVERFLOWED_BATCHES("batches_overflowed", "Early batches dropped since too many wait"),
  /** Batches without events. */
  HEARTBEATS("heartbeats", "Batches without events"),
  /** Batches dropped since the inbox was full. */
  INBOX_FULL("inbox_full", "Batches dropped since the inbox was full"),
  /** Snapshots refused since too many wait. */
  SNAPSHOT_INBOX_FULL("snapshot_inbox_full", "Snapshots refused since too many wait"),
  /** Messages of targets that have not joined. */
  UNKNOWN_TARGETS("unknown_target", "Messages of targets that have not joined"),
  /** Batches that name another model than their target serves. */
  WRONG_MODELS("wrong_model", "Batches that name another model than their target serves"),
  /** Messages of another life of their worker. */
  WRONG_INCARNATIONS("wrong_incarnation", "Messages of another life of their worker"),
  /** Messages that break the wire contract. */
  MALFORMED("malformed", "Messages that break the wire contract"),
  /** Messages refused for their size. */
  OVERSIZED("oversized", "Messages refused for their size"),
  /** Messages whose subject names another target than their content. */
  SUBJECT_MISMATCHES("subject_mismatch", "Messages whose subject names another target"),
  /** Targets emptied since too many of their blocks waited for a parent. */
  INCOMPLETE_CONTENTS("incomplete_content", "Targets emptied since too many blocks were parked"),
  /** Resync requests. */
  RESYNCS_REQUESTED("resyncs_requested", "Resync requests, repetitions included"),
  /** Snapshots that replaced a target's content. */
  RESYNCS_APPLIED("resyncs_applied", "Snapshots that replaced a target's content"),
  /** Resync requests without a useful answer. */
  RESYNCS_FAILED("resyncs_failed", "Resync requests without a useful answer"),
  /** Snapshots that hold nothing new. */
  RESYNCS_REFUSED_OLD("resyncs_refused_old", "Snapshots that hold nothing new"),
  /** Times that the event consumer had to be made again. */
  CONSUMER_RESTARTS("consumer_restarts", "Times that the event consumer was made again"),
  /** Messages whose handling failed unexpectedly. */
  FAILURES("failures", "Messages whose handling failed unexpectedly");

  private final String metric;
  private final String description;

  IngestCount(String suffix, String description) {
    this.metric = "warmpath_ingest_" + suffix;
    this.description = description;
  }

  /** Name of the metric, without the suffix of counters. */
  String metric() {
    return metric;
  }

  String description() {
    return description;
  }
}
