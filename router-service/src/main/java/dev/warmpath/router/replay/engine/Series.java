package dev.warmpath.router.replay.engine;

/** Sums of the whole numbers below a bound, as doubles. */
final class Series {
  private Series() {}

  /** 0 + 1 + ... + (n - 1). */
  static double sumBelow(long n) {
    return 0.5 * n * (n - 1.0);
  }

  /** 0 + 1 + 4 + ... + (n - 1)^2. */
  static double squaresBelow(long n) {
    return n * (n - 1.0) * (2.0 * n - 1) / 6;
  }
}
