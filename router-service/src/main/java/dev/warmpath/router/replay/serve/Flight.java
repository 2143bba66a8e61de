package dev.warmpath.router.replay.serve;

import dev.warmpath.router.replay.engine.Job;
import dev.warmpath.router.replay.load.LoadRequest;

/** A request on its way, with what the router decided for it. One thread. */
final class Flight {
  private final LoadRequest request;
  private final Job job;
  private long bookingId;
  private int promptTarget;
  private int decodeTarget;
  private int deaths;
  private int expectedBlocks;
  private int restarts;
  private long waitsSinceNanos;
  private long waitedNanos;

  Flight(LoadRequest request, Job job) {
    this.request = request;
    this.job = job;
  }

  LoadRequest request() {
    return request;
  }

  Job job() {
    return job;
  }

  /**
   * The router decided.
   *
   * @param promptTarget number of the target that computes the prompt
   * @param decodeTarget number of the target that decodes
   * @param deaths how often the worker that decodes has died
   * @param expectedBlocks leading blocks that the index says the prompt's target holds, on any tier
   */
  void routed(long bookingId, int promptTarget, int decodeTarget, int deaths, int expectedBlocks) {
    this.bookingId = bookingId;
    this.promptTarget = promptTarget;
    this.decodeTarget = decodeTarget;
    this.deaths = deaths;
    this.expectedBlocks = expectedBlocks;
  }

  /** Every target is beyond its limits. */
  void startsToWait(long nowNanos) {
    waitsSinceNanos = nowNanos;
  }

  /** It has waited until now. */
  void waited(long nowNanos) {
    waitedNanos += nowNanos - waitsSinceNanos;
    waitsSinceNanos = nowNanos;
  }

  /** How long it has waited for a target. */
  long waitedNanos() {
    return waitedNanos;
  }

  /** Its worker died: it starts anew. */
  void restart() {
    job.restart();
    restarts++;
  }

  long bookingId() {
    return bookingId;
  }

  int promptTarget() {
    return promptTarget;
  }

  int decodeTarget() {
    return decodeTarget;
  }

  int deaths() {
    return deaths;
  }

  boolean isComputedWhereItDecodes() {
    return promptTarget == decodeTarget;
  }

  int expectedBlocks() {
    return expectedBlocks;
  }

  int restarts() {
    return restarts;
  }
}
