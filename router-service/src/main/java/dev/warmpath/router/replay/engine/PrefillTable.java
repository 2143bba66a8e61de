package dev.warmpath.router.replay.engine;

/**
 * Measured times of steps that compute prompts, over the tokens computed and the context before
 * them; see {@link StepTable}. Several prompts in a step count as one of all their tokens, behind
 * the context that gives it as much attention to compute, but not less than none.
 *
 * @param table the times; rows are tokens computed, columns tokens of context before the first
 * @param referenceTp tensor-parallel size that was measured
 * @param tpExponent how times fall with the tensor-parallel size
 */
record PrefillTable(StepTable table, double referenceTp, double tpExponent) implements PromptSteps {
  PrefillTable {
    Constants.requireAbove("reference_tp", referenceTp, 0);
    Constants.requireNotNegative("tp_exponent", tpExponent);
  }

  @Override
  public double millis(long promptTokens, double promptContext, double tp) {
    double context = (promptContext - Series.sumBelow(promptTokens)) / promptTokens;
    double time = table.at((double) promptTokens, Math.max(0, context));
    return StrictMath.pow(referenceTp / tp, tpExponent) * time;
  }
}
