package dev.warmpath.router.fleet;

/**
 * The load of several slots as one decision reads it, each figure once; see {@link
 * LoadLedger#read}. Reused; one thread at a time.
 */
public final class SlotLoads {
  private long[] queuedPrefillTokens = new long[0];
  private long[] requests = new long[0];
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
    if (requests.length < slots) {
      queuedPrefillTokens = new long[slots];
      requests = new long[slots];
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
      long slotQueuedPrefillTokens,
      long slotRequests,
      double lessonPrompts,
      double lessonTokens,
      double lessonNanos,
      double lessonInverseTokens,
      double lessonNanosPerToken) {
    queuedPrefillTokens[index] = slotQueuedPrefillTokens;
    requests[index] = slotRequests;
    prompts[index] = lessonPrompts;
    tokens[index] = lessonTokens;
    nanos[index] = lessonNanos;
    sumOfPrompts += lessonPrompts;
    sumOfTokens += lessonTokens;
    sumOfNanos += lessonNanos;
    sumOfInverseTokens += lessonInverseTokens;
    sumOfNanosPerToken += lessonNanosPerToken;
  }

  /** Adds to what was {@link #set}. */
  void add(int index, LoadInFlight.Amount expected) {
    queuedPrefillTokens[index] += Math.round(expected.prefillTokens());
    requests[index] += Math.round(expected.requests());
  }

  /** As {@link LoadLedger#queuedPrefillTokens}. */
  public long queuedPrefillTokens(int index) {
    return queuedPrefillTokens[index];
  }

  /** As {@link LoadLedger#activeRequests(int, long)}. */
  public long requests(int index) {
    return requests[index];
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
