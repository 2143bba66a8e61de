package dev.warmpath.router.replay.study;

import java.util.function.DoubleFunction;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the highest load that holds, by bisection in equal ratios.
 *
 * @param low lowest load that is tried, above 0
 * @param high highest load that is tried, above {@code low}
 * @param tolerance how far apart, as a share, the load found and the lowest one known not to hold
 *     may be, at least {@link #LEAST_TOLERANCE}
 */
public record LoadSearch(double low, double high, double tolerance) {
  /** Finest tolerance. */
  public static final double LEAST_TOLERANCE = 1e-4;

  public LoadSearch {
    if (!(low > 0 && high > low && high < Double.POSITIVE_INFINITY)
        || !(tolerance >= LEAST_TOLERANCE)) {
      throw new IllegalArgumentException(
          "a search needs 0 < low < high and tolerance from %s, was low %s, high %s, tolerance %s"
              .formatted(LEAST_TOLERANCE, low, high, tolerance));
    }
  }

  /**
   * What was found. Bisection takes for granted that a load holds if a higher one does.
   *
   * @param held highest load that was seen to hold; 0 when {@code low} does not
   * @param atHeld the run at {@code held}; null when there is none
   * @param missed lowest load above it that was seen not to hold; infinite when {@code high} holds
   * @param atMissed the run at {@code missed}; null when there is none
   * @param runs how many runs it took
   */
  public record Found<T>(
      double held, @Nullable T atHeld, double missed, @Nullable T atMissed, int runs) {}

  /**
   * Searches.
   *
   * @param run plays one load
   * @param holds judges what came of it
   */
  public <T> Found<T> search(DoubleFunction<T> run, Predicate<T> holds) {
    T atHeld = run.apply(low);
    if (!holds.test(atHeld)) {
      return new Found<>(0, null, low, atHeld, 1);
    }
    T atHigh = run.apply(high);
    if (holds.test(atHigh)) {
      return new Found<>(high, atHigh, Double.POSITIVE_INFINITY, null, 2);
    }
    double held = low;
    double missed = high;
    T atMissed = atHigh;
    int runs = 2;
    while (missed > held * (1 + tolerance)) {
      double middle = Math.sqrt(held * missed);
      T atMiddle = run.apply(middle);
      runs++;
      if (holds.test(atMiddle)) {
        held = middle;
        atHeld = atMiddle;
      } else {
        missed = middle;
        atMissed = atMiddle;
      }
    }
    return new Found<>(held, atHeld, missed, atMissed, runs);
  }

  /**
   * Searches whole loads, such as numbers of clients, until the load found and one that does not
   * hold are neighbours.
   *
   * @param low lowest load that is tried, at least 1
   * @param high highest load that is tried, above {@code low}
   * @param run plays one load
   * @param holds judges what came of it
   */
  public static <T> Found<T> searchWhole(
      int low, int high, IntFunction<T> run, Predicate<T> holds) {
    if (low < 1 || high <= low) {
      throw new IllegalArgumentException(
          "a search needs 1 <= low < high, was low %d, high %d".formatted(low, high));
    }
    T atHeld = run.apply(low);
    if (!holds.test(atHeld)) {
      return new Found<>(0, null, low, atHeld, 1);
    }
    int held = low;
    int missed = Integer.MAX_VALUE;
    T atMissed = null;
    int runs = 1;
    while (missed - 1 > held) {
      int load = missed == Integer.MAX_VALUE ? high : held + (missed - held) / 2;
      T at = run.apply(load);
      runs++;
      if (!holds.test(at)) {
        missed = load;
        atMissed = at;
      } else {
        held = load;
        atHeld = at;
        if (load == high) {
          return new Found<>(high, at, Double.POSITIVE_INFINITY, null, runs);
        }
      }
    }
    return new Found<>(held, atHeld, missed, atMissed, runs);
  }
}
