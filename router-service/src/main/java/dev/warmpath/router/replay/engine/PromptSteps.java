package dev.warmpath.router.replay.engine;

/** How long steps take for the prompts that they compute. Immutable; any thread. */
public sealed interface PromptSteps permits PrefillTime, PrefillTable {
  /**
   * Time of a step, milliseconds.
   *
   * @param promptTokens tokens computed, over all prompts of the step
   * @param promptContext sum over these tokens of the context before each
   * @param tp GPUs that compute together
   */
  double millis(long promptTokens, double promptContext, double tp);
}
