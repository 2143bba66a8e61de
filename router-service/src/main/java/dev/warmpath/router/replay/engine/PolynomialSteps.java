package dev.warmpath.router.replay.engine;

/** Steps of Dynamo's mocker. */
record PolynomialSteps(PolynomialTime time) implements StepTime {

  @Override
  public double millis(StepLoad load, long steps) {
    double millis = load.decodes() == 0 ? 0 : decodeMillis(load, steps);
    double tokens = load.prefillTokens();
    if (tokens > 0) {
      millis += time.prefill0() + tokens * (time.prefill1() + time.prefill2() * tokens);
    }
    return millis;
  }

  /**
   * The share after j steps is u + j*d. While it stays below 1, the sum over j of a square is a
   * cubic in the number of steps; from there on each step takes as long as at a share of 1.
   */
  private double decodeMillis(StepLoad load, long steps) {
    double kvTokens = load.kvTokens();
    double share = load.contextTokens() / kvTokens;
    double growth = load.decodes() / kvTokens;
    long below = share >= 1 ? 0 : (long) Math.min((double) steps, Math.ceil((1 - share) / growth));
    double linear = time.decode1() + 2 * time.decode2() * share;
    double first = time.decode0() + share * (time.decode1() + share * time.decode2());
    double full = time.decode0() + time.decode1() + time.decode2();
    return below * first
        + linear * growth * Series.sumBelow(below)
        + time.decode2() * growth * growth * Series.squaresBelow(below)
        + (steps - below) * full;
  }
}
