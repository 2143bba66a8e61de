package dev.warmpath.router.replay.engine;

/** How long steps that only decode take. Immutable; any thread. */
public sealed interface DecodeSteps permits DecodeTime, DecodeTable {
  /**
   * Time of {@code steps} steps in a row with the same sequences, each of which gets one token a
   * step; milliseconds. What that costs grows at most with the cells of a table that are crossed,
   * not with {@code steps}.
   *
   * @param sequences how many decode, at least 1
   * @param contextTokens tokens before the one that is generated in the first step, over all
   * @param admissions requests whose KV arrived from elsewhere and that decode for the first time
   */
  double millis(int sequences, long contextTokens, int admissions, long steps);

  /** Milliseconds that each admitted request delays the batch once. */
  double admissionMs();
}
