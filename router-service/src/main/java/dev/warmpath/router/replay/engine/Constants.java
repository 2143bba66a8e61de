package dev.warmpath.router.replay.engine;

/** Checks of an engine's constants; complaints name the constant and the value. */
final class Constants {
  private Constants() {}

  static void requireNotNegative(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException("%s must not be negative, was %s".formatted(name, value));
    }
  }

  static void requireAbove(String name, double value, double bound) {
    if (!(value > bound) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "%s must be above %s, was %s".formatted(name, bound, value));
    }
  }

  static void requireShare(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("%s must be from 0 to 1, was %s".formatted(name, value));
    }
  }
}
