package dev.warmpath.router.fleet;

/** A change of one booking that this router made. Arrays are handed over. */
public sealed interface LoadChange {
  /** The booking. */
  long bookingId();

  /**
   * A load was booked.
   *
   * @param localHashes of the prompt's leading blocks
   */
  record Booked(long bookingId, Load load, long[] localHashes) implements LoadChange {}

  /**
   * A booking goes on. Not told for each report: when the prompt is computed, when the output fills
   * another block, and otherwise now and then, as a sign of life.
   *
   * @param computed whether the prompt is computed
   * @param outputTokens tokens generated so far
   */
  record Progressed(long bookingId, boolean computed, int outputTokens) implements LoadChange {}

  /** A booking ended, in whatever way. */
  record Ended(long bookingId) implements LoadChange {}
}
