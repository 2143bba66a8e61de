package dev.warmpath.router.replay;

import java.util.SplittableRandom;

/** Draws from a seed; the same on every machine. One thread. */
final class Chance {
  private final SplittableRandom random;

  Chance(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Uniform from 0 to {@code bound} - 1. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** Uniform from 0 to 1, without 1. */
  double fraction() {
    return random.nextDouble();
  }

  /** Exponential with a mean. */
  double exponential(double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }

  /** Exponential with a mean, rounded up to a whole number from 1. */
  int atLeastOne(double mean) {
    return 1 + (int) exponential(mean);
  }

  /** True once in {@code mean} draws. */
  boolean onceIn(double mean) {
    return random.nextDouble() * mean < 1;
  }
}
