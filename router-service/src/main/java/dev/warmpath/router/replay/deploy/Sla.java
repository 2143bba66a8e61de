package dev.warmpath.router.replay.deploy;

/**
 * What a request must reach to count as good. Limits are milliseconds; infinite for none.
 *
 * @param ttftMs time to first token
 * @param tpotMs time per output token
 * @param e2eMs whole answer
 */
public record Sla(double ttftMs, double tpotMs, double e2eMs) {
  /** Nothing is asked. */
  public static final Sla NONE =
      new Sla(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

  public Sla {
    if (!(ttftMs > 0 && tpotMs > 0 && e2eMs > 0)) {
      throw new IllegalArgumentException(
          "sla limits must be above 0: ttft %s ms, tpot %s ms, e2e %s ms"
              .formatted(ttftMs, tpotMs, e2eMs));
    }
  }

  /** Whether anything is asked. */
  public boolean isGiven() {
    return !equals(NONE);
  }

  /** Whether a request is good. */
  public boolean isMet(double ttft, double tpot, double e2e) {
    return ttft <= ttftMs && tpot <= tpotMs && e2e <= e2eMs;
  }
}
