package dev.warmpath.router.replay.serve;

import dev.warmpath.router.replay.engine.Job;
import dev.warmpath.router.replay.load.LoadRequest;

/** A request on its way, with what the router decided for it. One thread. */
final class Flight {
  private final LoadRequest request;
  private final Job job;
  private long bookingId;
  private int promptSlot;
  private int decodeSlot;
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
   * @param expectedBlocks leading blocks that the index says the prompt's target holds, on any tier
   */
  void routed(long bookingId, int promptSlot, int decodeSlot, int expectedBlocks) {
    this.bookingId = bookingId;
    this.promptSlot = promptSlot;
    this.decodeSlot = decodeSlot;
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

  int promptSlot() {
    return promptSlot;
  }

  int decodeSlot() {
    return decodeSlot;
  }

  boolean isComputedWhereItDecodes() {
    return promptSlot == decodeSlot;
  }

  int expectedBlocks() {
    return expectedBlocks;
  }

  int restarts() {
    return restarts;
  }
}
