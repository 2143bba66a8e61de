package dev.warmpath.router.route;

/** Chance out of a seed. */
final class SplitMix64 {
  private SplitMix64() {}

  /**
   * Finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
   */
  static long mix(long seed) {
    long z = seed * 0x9E3779B97F4A7C15L + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
