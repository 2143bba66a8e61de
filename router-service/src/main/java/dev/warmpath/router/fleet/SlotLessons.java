package dev.warmpath.router.fleet;

/**
 * What the first tokens of several slots have taught, of each and of all; see {@link
 * LoadLedger#readLessons}. Reused; one thread at a time.
 */
public final class SlotLessons {
  private double[] prompts = new double[0];
  private double[] tokens = new double[0];
  private double[] nanos = new double[0];
  private double sumOfPrompts;
  private double sumOfTokens;
  private double sumOfNanos;
  private double sumOfInverseTokens;
  private double sumOfNanosPerToken;

  /** Forgets all and makes room. */
  void start(int slots) {
    if (prompts.length < slots) {
      prompts = new double[slots];
      tokens = new double[slots];
      nanos = new double[slots];
    }
    sumOfPrompts = 0;
    sumOfTokens = 0;
    sumOfNanos = 0;
    sumOfInverseTokens = 0;
    sumOfNanosPerToken = 0;
  }

  /** Takes a slot in, once; lessons as {@link PrefillLessons} has them. */
  void set(
      int index,
      double slotPrompts,
      double slotTokens,
      double slotNanos,
      double slotInverseTokens,
      double slotNanosPerToken) {
    prompts[index] = slotPrompts;
    tokens[index] = slotTokens;
    nanos[index] = slotNanos;
    sumOfPrompts += slotPrompts;
    sumOfTokens += slotTokens;
    sumOfNanos += slotNanos;
    sumOfInverseTokens += slotInverseTokens;
    sumOfNanosPerToken += slotNanosPerToken;
  }

  /** As {@link PrefillLessons#nanosPerToken(double)}. */
  public double nanosPerToken(int index, double fixedTokens) {
    return PrefillLessons.nanosPerToken(prompts[index], tokens[index], nanos[index], fixedTokens);
  }

  /** As {@link PrefillLessons#fixedTokens()}, by the first tokens of all the slots. */
  public double fixedTokens() {
    return PrefillLessons.fixedTokens(
        sumOfPrompts, sumOfTokens, sumOfNanos, sumOfInverseTokens, sumOfNanosPerToken);
  }
}
