package dev.warmpath.router.replay.engine;

/** How long steps take. Immutable; any thread. */
sealed interface StepTime permits DenseSteps, AttentionDpSteps, PolynomialSteps, ScaledSteps {
  /**
   * The time of some steps in a row, milliseconds: of one, or of several steady ones, in which each
   * sequence that decodes gets one token a step and no sequence comes or goes. In closed form: what
   * that costs does not grow with {@code steps}, but for the cells of a table that are crossed.
   *
   * @param load the first of the steps
   * @param steps at least 1; more only if the load is steady
   */
  double millis(StepLoad load, long steps);
}
