package dev.warmpath.router.replay.engine;

/** Steps that each take a factor times as long as others. */
record ScaledSteps(StepTime steps, double factor) implements StepTime {

  @Override
  public double millis(StepLoad load, long count) {
    return factor * steps.millis(load, count);
  }
}
