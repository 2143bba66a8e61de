package dev.warmpath.router.replay.engine;

/** What is in one step of a worker. Reused from step to step; one thread. */
final class StepLoad {
  private int decodes;
  private int maxDecodes;
  private long contextTokens;
  private long prefillTokens;
  private int maxPrefillTokens;
  private double prefillContext;
  private int admissions;
  private long kvTokens;
  private double fetchMillis;

  void clear() {
    decodes = 0;
    maxDecodes = 0;
    contextTokens = 0;
    prefillTokens = 0;
    maxPrefillTokens = 0;
    prefillContext = 0;
    admissions = 0;
    kvTokens = 0;
    fetchMillis = 0;
  }

  /**
   * Adds what one rank has in the step.
   *
   * @param prefillContext sum over the chunks of their tokens times the context before each token
   * @param kvTokens tokens that the rank's KV memory holds at most
   */
  void addRank(
      int decodes,
      long contextTokens,
      int prefillTokens,
      double prefillContext,
      int admissions,
      long kvTokens) {
    this.decodes += decodes;
    this.maxDecodes = Math.max(maxDecodes, decodes);
    this.contextTokens += contextTokens;
    this.prefillTokens += prefillTokens;
    this.maxPrefillTokens = Math.max(maxPrefillTokens, prefillTokens);
    this.prefillContext += prefillContext;
    this.admissions += admissions;
    this.kvTokens += kvTokens;
  }

  /** Adds the time that one rank's fetches from slower tiers take; ranks fetch side by side. */
  void addFetch(double millis) {
    fetchMillis = Math.max(fetchMillis, millis);
  }

  /** What the fetches from slower tiers add to the step, milliseconds. */
  double fetchMillis() {
    return fetchMillis;
  }

  /** Whether nothing is to be done. */
  boolean isEmpty() {
    return decodes == 0 && prefillTokens == 0;
  }

  /** Whether a step like this may follow unchanged: all sequences only decode. */
  boolean isSteady() {
    return prefillTokens == 0 && admissions == 0;
  }

  /** Sequences that decode, over all ranks. */
  int decodes() {
    return decodes;
  }

  /** Sequences that decode on the fullest rank. */
  int maxDecodes() {
    return maxDecodes;
  }

  /** Tokens before the one that is generated, summed over the sequences that decode. */
  long contextTokens() {
    return contextTokens;
  }

  /** Prompt tokens computed, over all ranks. */
  long prefillTokens() {
    return prefillTokens;
  }

  /** Prompt tokens computed by the rank that computes most. */
  int maxPrefillTokens() {
    return maxPrefillTokens;
  }

  /** Sum over the prompt tokens computed of the context before each. */
  double prefillContext() {
    return prefillContext;
  }

  /** Requests whose KV arrived from elsewhere and that decode for the first time. */
  int admissions() {
    return admissions;
  }

  /** Tokens that the KV memory of all ranks holds at most. */
  long kvTokens() {
    return kvTokens;
  }
}
