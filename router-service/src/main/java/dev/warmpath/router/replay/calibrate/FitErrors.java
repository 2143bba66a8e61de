package dev.warmpath.router.replay.calibrate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/**
 * How far simulated figures are from measured ones.
 *
 * @param metrics by the metric's name in reports
 */
public record FitErrors(SequencedMap<String, Off> metrics) {
  public FitErrors {
    metrics = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metrics));
  }

  /**
   * Of one metric, over some rows, as shares of what was measured and without sign.
   *
   * @param mean on average
   * @param worst of the worst row
   * @param rows how many have it
   */
  public record Off(double mean, double worst, int rows) {}

  /** Simulated over measured, by metric. */
  static FitErrors of(SequencedMap<String, List<Double>> ratios) {
    SequencedMap<String, Off> metrics = new LinkedHashMap<>();
    ratios.forEach((metric, some) -> {
      List<Double> errors = new ArrayList<>();
      some.forEach(ratio -> errors.add(Math.abs(ratio - 1)));
      double sum = errors.stream().mapToDouble(Double::doubleValue).sum();
      metrics.put(metric, new Off(sum / errors.size(), Collections.max(errors), errors.size()));
    });
    return new FitErrors(metrics);
  }

  /** Mean over all values of all metrics, as a share. */
  public double mean() {
    double sum = 0;
    long values = 0;
    for (Off off : metrics.values()) {
      sum += off.mean() * off.rows();
      values += off.rows();
    }
    return values == 0 ? 0 : sum / values;
  }

  /** One line for people: each metric with its mean and worst error in percent. */
  public String text() {
    return metrics.entrySet().stream()
        .map(metric ->
            String.format(
                Locale.ROOT,
                "%s %.1f / %.1f %%",
                metric.getKey(),
                100 * metric.getValue().mean(),
                100 * metric.getValue().worst()))
        .collect(Collectors.joining(", "));
  }
}
