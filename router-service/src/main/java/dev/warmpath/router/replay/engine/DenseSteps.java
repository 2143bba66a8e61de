package dev.warmpath.router.replay.engine;

import org.jspecify.annotations.Nullable;

/**
 * Steps of a worker whose GPUs work on one batch.
 *
 * @param prefill steps of prefill workers; null for the others
 * @param decode steps that only decode; null for prefill workers
 * @param mixed steps that compute prompts on a worker that decodes; null for workers that never do
 * @param tp GPUs that compute together
 */
record DenseSteps(
    @Nullable PromptSteps prefill,
    @Nullable DecodeSteps decode,
    @Nullable MixedTime mixed,
    double tp)
    implements StepTime {

  @Override
  public double millis(StepLoad load, long steps) {
    if (load.prefillTokens() == 0 && decode != null) {
      return decode.millis(load.decodes(), load.contextTokens(), load.admissions(), steps);
    }
    if (mixed != null) {
      return mixed.millis(load, tp);
    }
    if (prefill != null) {
      return prefill.millis(load.prefillTokens(), load.prefillContext(), tp);
    }
    throw new IllegalStateException("the worker has no time for such a step");
  }
}
