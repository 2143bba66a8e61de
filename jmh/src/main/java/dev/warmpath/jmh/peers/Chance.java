package dev.warmpath.jmh.peers;

/** SplitMix64, as the corpora are defined by it. One thread. */
final class Chance {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  Chance(long seed) {
    state = seed;
  }

  static long mix(long x) {
    long z = x + GOLDEN;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  long next() {
    long drawn = mix(state);
    state += GOLDEN;
    return drawn;
  }

  /** A number from 0 to {@code bound} - 1. */
  int below(int bound) {
    return (int) Math.unsignedMultiplyHigh(next(), bound);
  }
}
