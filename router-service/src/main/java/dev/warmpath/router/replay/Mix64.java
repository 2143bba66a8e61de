package dev.warmpath.router.replay;

/** The finaliser of SplitMix64 (Steele, Lea, Flood): a bijection that scatters close numbers. */
public final class Mix64 {
  /** An odd number near 2^64 divided by the golden ratio: its multiples lie far apart. */
  public static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private Mix64() {}

  /** Scatters a number. */
  public static long mix(long value) {
    long z = value + GOLDEN_GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
