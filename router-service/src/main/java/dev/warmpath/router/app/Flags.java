package dev.warmpath.router.app;

/** Checks of flag values; complaints name the flag and the value. */
final class Flags {
  private Flags() {}

  static void checkAtLeast(String flag, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(
          "%s must be at least %d, was %d".formatted(flag, least, value));
    }
  }

  static void checkAtMost(String flag, long value, long most) {
    if (value > most) {
      throw new IllegalArgumentException(
          "%s must be at most %d, was %d".formatted(flag, most, value));
    }
  }

  static void checkAtLeast(String flag, double value, double least) {
    requireFinite(flag, value);
    if (!(value >= least)) {
      throw new IllegalArgumentException(
          "%s must be at least %s, was %s".formatted(flag, least, value));
    }
  }

  static void checkAbove(String flag, double value, double bound) {
    requireFinite(flag, value);
    if (!(value > bound)) {
      throw new IllegalArgumentException(
          "%s must be above %s, was %s".formatted(flag, bound, value));
    }
  }

  /** A number such as 1e400 is read as infinite, too. */
  private static void requireFinite(String flag, double value) {
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException("%s must be finite, was %s".formatted(flag, value));
    }
  }

  static void checkShare(String flag, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("%s must be 0 to 1, was %s".formatted(flag, value));
    }
  }
}
