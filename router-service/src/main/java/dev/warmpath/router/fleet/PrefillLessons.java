package dev.warmpath.router.fleet;

/**
 * What first tokens have taught of one target or of several: sums over the prompts that were
 * computed, in which each counts 5 % less with each one after it on the same target.
 *
 * @param prompts how many
 * @param tokens that they had to compute
 * @param nanos that it took, the wait for the prompts before excluded
 * @param inverseTokens of 1 / tokens, of each prompt
 * @param nanosPerToken of nanoseconds / tokens, of each prompt
 */
public record PrefillLessons(
    double prompts, double tokens, double nanos, double inverseTokens, double nanosPerToken) {
  /*
   * A step of an engine takes some time however little there is to compute. By time over tokens
   * alone, a target that holds most of what it is asked for would look slow: just the one that
   * should get more of the same. So nanos = fixed + slope x tokens is fitted, each prompt weighing
   * 1 / tokens: the times of long prompts differ more, by what is computed beside them. With these
   * weights the fit keeps the sum of all times as it was.
   */

  /** Before the first prompt. */
  public static final PrefillLessons NONE = new PrefillLessons(0, 0, 0, 0, 0);

  private static final double KEPT = 0.95;

  /** Prompts that differ less in length teach nothing of the fixed part. */
  private static final double LEAST_SPREAD = 1e-9;

  /** The fixed part is the time of this many mean prompts at most. */
  private static final double MOST_MEAN_PROMPTS = 4;

  /** And one prompt more on the same target. */
  PrefillLessons and(int promptTokens, long tookNanos) {
    int counted = Math.max(1, promptTokens);
    double inverse = 1.0 / counted;
    return new PrefillLessons(
        KEPT * prompts + 1,
        KEPT * tokens + counted,
        KEPT * nanos + tookNanos,
        KEPT * inverseTokens + inverse,
        KEPT * nanosPerToken + tookNanos * inverse);
  }

  /** Both together. */
  public PrefillLessons plus(PrefillLessons other) {
    return new PrefillLessons(
        prompts + other.prompts,
        tokens + other.tokens,
        nanos + other.nanos,
        inverseTokens + other.inverseTokens,
        nanosPerToken + other.nanosPerToken);
  }

  /** How many tokens' time a prompt takes beside its tokens; 0 when that cannot be told. */
  public double fixedTokens() {
    return fixedTokens(prompts, tokens, nanos, inverseTokens, nanosPerToken);
  }

  static double fixedTokens(
      double prompts, double tokens, double nanos, double inverseTokens, double nanosPerToken) {
    double spread = tokens * inverseTokens - prompts * prompts;
    double fixed = tokens * nanosPerToken - prompts * nanos;
    double slope = nanos * inverseTokens - prompts * nanosPerToken;
    if (spread <= LEAST_SPREAD * prompts * prompts || fixed <= 0) {
      return 0;
    }
    double most = MOST_MEAN_PROMPTS * tokens / prompts;
    return slope <= 0 ? most : Math.min(most, fixed / slope);
  }

  /**
   * The time of a token, nanoseconds; 0 before the first prompt.
   *
   * @param fixedTokens how many tokens' time a prompt takes beside its tokens
   */
  public double nanosPerToken(double fixedTokens) {
    return nanosPerToken(prompts, tokens, nanos, fixedTokens);
  }

  static double nanosPerToken(double prompts, double tokens, double nanos, double fixedTokens) {
    return prompts == 0 ? 0 : nanos / (tokens + fixedTokens * prompts);
  }
}
