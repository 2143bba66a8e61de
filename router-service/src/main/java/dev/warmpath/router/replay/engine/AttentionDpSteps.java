package dev.warmpath.router.replay.engine;

/**
 * Steps of a worker whose attention-DP ranks step together.
 *
 * @param aggregated whether the worker computes prompts and decodes
 */
record AttentionDpSteps(AttentionDpTime time, boolean aggregated) implements StepTime {

  @Override
  public double millis(StepLoad load, long steps) {
    double sequences = time.perSequenceMs() * load.maxDecodes();
    double decode = (aggregated ? time.aggregatedDecodeMs() : time.decodeMs()) + sequences;
    if (load.prefillTokens() == 0) {
      return steps * decode;
    }
    double rest = load.decodes() == 0 ? time.prefillOnlyMs() : time.mixedMs() + sequences;
    double mixed =
        rest
            + time.perMaxTokenMs() * load.maxPrefillTokens()
            + time.perTokenMs() * load.prefillTokens();
    return load.decodes() == 0 ? mixed : Math.max(decode, mixed);
  }
}
