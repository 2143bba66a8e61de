package dev.warmpath.router.replay;

import java.util.SplittableRandom;

/** Draws from a seed; the same on every machine. One thread. */
public final class Chance {
  private final SplittableRandom random;

  /** Draws that the seed determines. */
  public Chance(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** Uniform from 0 to {@code bound} - 1. */
  public int below(int bound) {
    return random.nextInt(bound);
  }

  /** Uniform from 0 to 1, without 1. */
  public double fraction() {
    return random.nextDouble();
  }

  /** Exponential with a mean. */
  public double exponential(double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }

  /** Normal with mean 0 and deviation 1: Box and Muller's transform. */
  public double normal() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * StrictMath.PI * random.nextDouble());
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
