package dev.warmpath.router.replay.study;

import dev.warmpath.router.replay.Chance;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How far the figures of two runs differ by the chance of which requests came: the block bootstrap
 * (H. Kuensch, The jackknife and the bootstrap for general stationary observations, 1989).
 */
public final class Noise {
  /*
   * Requests near one another share queues and caches, so not requests are drawn but spans of them:
   * as many of SPANS as there are, with repetition, a few hundred times, and each time both figures
   * are taken from what was drawn. Where both runs had the same requests, the same spans are drawn
   * for both, so that what makes both slow tells nothing. A draw is a weight for each span; values
   * are sorted once.
   */
  private static final int SPANS = 25;
  private static final int DRAWS = 400;
  private static final double OUTSIDE = 0.025;
  private static final List<Integer> PERCENTILES = List.of(50, 90, 95, 99);

  /** Fewer requests say nothing. */
  private static final int LEAST_REQUESTS = 4 * SPANS;

  private Noise() {}

  /**
   * Where 95 of 100 such comparisons would lie.
   *
   * @param lowPercent how far B is from A at least, in percent of A
   * @param highPercent and at most
   */
  public record Interval(double lowPercent, double highPercent) {
    /** Whether B differs from A by more than chance. */
    public boolean isBeyondNoise() {
      return lowPercent > 0 || highPercent < 0;
    }
  }

  /**
   * The intervals by metric, as {@link Metric#key} names them; those that are not known missing.
   */
  public static Map<String, Interval> of(RequestFigures a, RequestFigures b) {
    Map<String, Interval> intervals = new LinkedHashMap<>();
    if (Math.min(a.size(), b.size()) < LEAST_REQUESTS) {
      return intervals;
    }
    Draws draws = new Draws(a.matches(b));
    for (String name : RequestFigures.LATENCIES) {
      Values ofA = new Values(a.latency(name));
      Values ofB = new Values(b.latency(name));
      put(intervals, name + "_mean_ms", draws, ofA::mean, ofB::mean);
      for (int percent : PERCENTILES) {
        put(
            intervals,
            "%s_p%d_ms".formatted(name, percent),
            draws,
            weights -> ofA.quantile(weights, percent / 100.0),
            weights -> ofB.quantile(weights, percent / 100.0));
      }
    }
    Shares hitsOfA = new Shares(a.cachedBlocks(), a.blocks());
    Shares hitsOfB = new Shares(b.cachedBlocks(), b.blocks());
    put(intervals, "block_hit_rate", draws, hitsOfA::share, hitsOfB::share);
    return intervals;
  }

  private static void put(
      Map<String, Interval> intervals,
      String key,
      Draws draws,
      ToDoubleFunction<int[]> a,
      ToDoubleFunction<int[]> b) {
    double[] percents = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      double base = a.applyAsDouble(draws.ofA[draw]);
      percents[draw] = 100 * (b.applyAsDouble(draws.ofB[draw]) / base - 1);
    }
    Arrays.sort(percents);
    double low = percents[(int) (OUTSIDE * DRAWS)];
    double high = percents[DRAWS - 1 - (int) (OUTSIDE * DRAWS)];
    if (Double.isFinite(low) && Double.isFinite(high)) {
      intervals.put(key, new Interval(low, high));
    }
  }

  private static int span(int request, int requests) {
    return (int) ((long) request * SPANS / requests);
  }

  /** How often each span was drawn, draw by draw. */
  private static final class Draws {
    private final int[][] ofA = new int[DRAWS][];
    private final int[][] ofB = new int[DRAWS][];

    Draws(boolean paired) {
      Chance chance = new Chance(1);
      for (int draw = 0; draw < DRAWS; draw++) {
        ofA[draw] = weights(chance);
        ofB[draw] = paired ? ofA[draw] : weights(chance);
      }
    }

    private static int[] weights(Chance chance) {
      int[] weights = new int[SPANS];
      for (int i = 0; i < SPANS; i++) {
        weights[chance.below(SPANS)]++;
      }
      return weights;
    }
  }

  /** The figures of a run, sorted, each with its span; those that are not a number left out. */
  static final class Values {
    private final double[] sorted;
    private final byte[] spans;
    private final double[] sums = new double[SPANS];
    private final int[] counts = new int[SPANS];

    Values(double[] values) {
      int[] order =
          IntStream.range(0, values.length)
              .filter(i -> !Double.isNaN(values[i]))
              .boxed()
              .sorted((one, other) -> Double.compare(values[one], values[other]))
              .mapToInt(Integer::intValue)
              .toArray();
      sorted = new double[order.length];
      spans = new byte[order.length];
      for (int i = 0; i < order.length; i++) {
        int span = span(order[i], values.length);
        sorted[i] = values[order[i]];
        spans[i] = (byte) span;
        sums[span] += sorted[i];
        counts[span]++;
      }
    }

    double mean(int[] weights) {
      double sum = 0;
      for (int span = 0; span < SPANS; span++) {
        sum += weights[span] * sums[span];
      }
      return sum / count(weights);
    }

    private double count(int[] weights) {
      double count = 0;
      for (int span = 0; span < SPANS; span++) {
        count += (double) weights[span] * counts[span];
      }
      return count;
    }

    /** Between the two nearest ranks, as reports have it. */
    double quantile(int[] weights, double share) {
      double place = share * (count(weights) - 1);
      double below = Math.floor(place);
      double passed = 0;
      double lower = Double.NaN;
      for (int i = 0; i < sorted.length; i++) {
        passed += weights[spans[i]];
        if (passed > below && Double.isNaN(lower)) {
          lower = sorted[i];
        }
        if (passed > below + 1) {
          return lower + (sorted[i] - lower) * (place - below);
        }
      }
      return lower;
    }
  }

  /** One sum over another, by span. */
  private static final class Shares {
    private final double[] parts = new double[SPANS];
    private final double[] wholes = new double[SPANS];

    Shares(double[] part, double[] whole) {
      for (int i = 0; i < part.length; i++) {
        parts[span(i, part.length)] += part[i];
        wholes[span(i, part.length)] += whole[i];
      }
    }

    double share(int[] weights) {
      double part = 0;
      double whole = 0;
      for (int span = 0; span < SPANS; span++) {
        part += weights[span] * parts[span];
        whole += weights[span] * wholes[span];
      }
      return part / whole;
    }
  }
}
