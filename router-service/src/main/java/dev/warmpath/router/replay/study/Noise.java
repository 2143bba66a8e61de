package dev.warmpath.router.replay.study;

import dev.warmpath.router.replay.Chance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
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
   *
   * Spans must tell little of one another. Where they do, since queues outlast them or the fleet
   * was overloaded, an interval would be too narrow, and there is none.
   */
  private static final int SPANS = 25;
  private static final int DRAWS = 400;
  private static final double OUTSIDE = 0.025;
  private static final double MOST_CORRELATED = 0.3;
  private static final List<Integer> PERCENTILES = List.of(50, 90, 95, 99);

  /** Of fewer requests, spans are too short. */
  static final int LEAST_REQUESTS = 1_000;

  private Noise() {}

  /**
   * What holds the true difference in about 95 of 100 comparisons.
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

  /** Figures of what was drawn of a run. */
  interface Drawn {
    /** Of a single span, for how much spans tell of one another. */
    double ofSpan(int span);

    /** Of all spans, each as often as it was drawn; not a number where nothing was. */
    double[] of(int[] weights);
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
      List<String> keys = new ArrayList<>(List.of(name + "_mean_ms"));
      PERCENTILES.forEach(percent -> keys.add("%s_p%d_ms".formatted(name, percent)));
      put(intervals, keys, draws, new Values(a.latency(name)), new Values(b.latency(name)));
    }
    put(
        intervals,
        List.of("block_hit_rate"),
        draws,
        new Shares(a.cachedBlocks(), a.blocks()),
        new Shares(b.cachedBlocks(), b.blocks()));
    return withItl(intervals);
  }

  /** ITL of a request is the mean of its gaps, and that its TPOT. */
  private static Map<String, Interval> withItl(Map<String, Interval> intervals) {
    Map<String, Interval> all = new LinkedHashMap<>(intervals);
    intervals.forEach((key, interval) -> {
      if (key.startsWith("tpot")) {
        all.put(key.replace("tpot", "itl"), interval);
      }
    });
    return all;
  }

  private static void put(
      Map<String, Interval> intervals, List<String> keys, Draws draws, Drawn a, Drawn b) {
    if (spansTellOfOneAnother(draws.paired, a, b)) {
      return;
    }
    double[][] percents = new double[keys.size()][DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      double[] base = a.of(draws.ofA[draw]);
      double[] other = b.of(draws.ofB[draw]);
      for (int i = 0; i < keys.size(); i++) {
        percents[i][draw] = 100 * (other[i] / base[i] - 1);
      }
    }
    for (int i = 0; i < keys.size(); i++) {
      Arrays.sort(percents[i]);
      double low = percents[i][(int) (OUTSIDE * DRAWS)];
      double high = percents[i][DRAWS - 1 - (int) (OUTSIDE * DRAWS)];
      if (Double.isFinite(low) && Double.isFinite(high)) {
        intervals.put(keys.get(i), new Interval(low, high));
      }
    }
  }

  private static boolean spansTellOfOneAnother(boolean paired, Drawn a, Drawn b) {
    return paired
        ? isCorrelated(span -> b.ofSpan(span) - a.ofSpan(span))
        : isCorrelated(a::ofSpan) || isCorrelated(b::ofSpan);
  }

  /** Whether each span is much as the one before it. */
  private static boolean isCorrelated(IntToDoubleFunction figure) {
    double[] spans = IntStream.range(0, SPANS).mapToDouble(figure).toArray();
    double mean = Arrays.stream(spans).average().orElse(0);
    double together = 0;
    double alone = 0;
    for (int i = 0; i < SPANS; i++) {
      double off = spans[i] - mean;
      alone += off * off;
      together += i == 0 ? 0 : off * (spans[i - 1] - mean);
    }
    return together > MOST_CORRELATED * alone;
  }

  private static int span(int request, int requests) {
    return (int) ((long) request * SPANS / requests);
  }

  /** How often each span was drawn, draw by draw. */
  private static final class Draws {
    private final boolean paired;
    private final int[][] ofA = new int[DRAWS][];
    private final int[][] ofB = new int[DRAWS][];

    Draws(boolean paired) {
      this.paired = paired;
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
  static final class Values implements Drawn {
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

    @Override
    public double ofSpan(int span) {
      return sums[span] / counts[span];
    }

    /** Mean, then percentiles, each between the two nearest ranks, as reports have them. */
    @Override
    public double[] of(int[] weights) {
      double sum = 0;
      double count = 0;
      for (int span = 0; span < SPANS; span++) {
        sum += weights[span] * sums[span];
        count += (double) weights[span] * counts[span];
      }
      double[] figures = new double[1 + PERCENTILES.size()];
      Arrays.fill(figures, Double.NaN);
      if (count > 0) {
        figures[0] = sum / count;
        fillPercentiles(weights, count, figures);
      }
      return figures;
    }

    private void fillPercentiles(int[] weights, double count, double[] figures) {
      double passed = 0;
      int at = -1;
      for (int i = 0; i < PERCENTILES.size(); i++) {
        double place = PERCENTILES.get(i) / 100.0 * (count - 1);
        double below = Math.floor(place);
        while (passed <= below) {
          passed += weights[spans[++at]];
        }
        double lower = sorted[at];
        int above = at;
        double passedAbove = passed;
        while (passedAbove <= below + 1 && above < sorted.length - 1) {
          passedAbove += weights[spans[++above]];
        }
        figures[1 + i] = lower + (sorted[above] - lower) * (place - below);
      }
    }
  }

  /** One sum over another, by span. */
  private static final class Shares implements Drawn {
    private final double[] parts = new double[SPANS];
    private final double[] wholes = new double[SPANS];

    Shares(double[] part, double[] whole) {
      for (int i = 0; i < part.length; i++) {
        parts[span(i, part.length)] += part[i];
        wholes[span(i, part.length)] += whole[i];
      }
    }

    @Override
    public double ofSpan(int span) {
      return parts[span] / wholes[span];
    }

    @Override
    public double[] of(int[] weights) {
      double part = 0;
      double whole = 0;
      for (int span = 0; span < SPANS; span++) {
        part += weights[span] * parts[span];
        whole += weights[span] * wholes[span];
      }
      return new double[] {part / whole};
    }
  }
}
