package dev.warmpath.router.replay.study;

import dev.warmpath.router.replay.report.RunSummary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What the latencies of a whole run must stay within.
 *
 * @param limits one or more, by metric
 */
public record LatencyLimits(List<Limit> limits) {
  private static final int REFUSED_DECIMALS = 2;
  private static final SequencedMap<String, Double> UNITS = unitsLongestFirst();

  /**
   * A limit.
   *
   * @param metric the latency
   * @param millis most that it may be, above 0
   */
  public record Limit(Metric metric, double millis) {}

  public LatencyLimits {
    limits = List.copyOf(limits);
    if (limits.isEmpty()) {
      throw new IllegalArgumentException("at least one limit is needed");
    }
  }

  private static SequencedMap<String, Double> unitsLongestFirst() {
    SequencedMap<String, Double> units = new LinkedHashMap<>();
    units.put("ms", 1.0);
    units.put("s", 1_000.0);
    return units;
  }

  /**
   * Reads limits such as {@code ttft_p99=2s}, {@code tpot_mean=30ms}; a number alone is
   * milliseconds.
   *
   * @param flag that they come from, for messages
   * @throws IllegalArgumentException naming flag, limit and value
   */
  public static LatencyLimits parse(String flag, List<String> texts) {
    try {
      return parse(texts);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(flag + " " + e.getMessage(), e);
    }
  }

  private static LatencyLimits parse(List<String> texts) {
    List<Limit> limits = new ArrayList<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      Metric metric = metric(equals < 0 ? text : text.substring(0, equals));
      if (limits.stream().anyMatch(limit -> limit.metric().equals(metric))) {
        throw new IllegalArgumentException(metric.name() + " is given twice");
      }
      limits.add(new Limit(metric, millis(metric, equals < 0 ? "" : text.substring(equals + 1))));
    }
    return new LatencyLimits(limits);
  }

  private static Metric metric(String name) {
    return Metric.LATENCIES.stream()
        .filter(metric -> metric.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no latency: choose ttft, tpot, itl or e2e with _mean, _p50, _p90, _p95, _p99 or _max"
                    .formatted(name)));
  }

  private static double millis(Metric metric, String text) {
    double factor = 1;
    String number = text;
    for (Map.Entry<String, Double> unit : UNITS.entrySet()) {
      if (text.endsWith(unit.getKey())) {
        factor = unit.getValue();
        number = text.substring(0, text.length() - unit.getKey().length());
        break;
      }
    }
    try {
      double millis = factor * Double.parseDouble(number);
      if (millis > 0 && millis < Double.POSITIVE_INFINITY) {
        return millis;
      }
    } catch (NumberFormatException e) {
      throw wrong(metric, text, e);
    }
    throw wrong(metric, text, null);
  }

  private static IllegalArgumentException wrong(
      Metric metric, String text, @Nullable Exception cause) {
    return new IllegalArgumentException(
        "%s must be a time above 0, such as 500ms or 2s, was '%s'".formatted(metric.name(), text),
        cause);
  }

  /**
   * Something that a run misses.
   *
   * @param name a metric, {@code refused} or {@code overloaded}
   * @param figure what the run has of it, with its unit; empty where the name says all
   */
  public record Miss(String name, String figure) {
    /** Both, for people. */
    public String text() {
      return figure.isEmpty() ? name : name + " " + figure;
    }
  }

  /** Why a run does not meet the limits; empty when it does. */
  public List<Miss> misses(RunSummary run) {
    List<Miss> missed = new ArrayList<>();
    for (Limit limit : limits) {
      double millis = limit.metric().of().applyAsDouble(run);
      if (!(millis <= limit.millis())) {
        missed.add(new Miss(limit.metric().name(), figure(millis)));
      }
    }
    if (run.refused() > 0) {
      missed.add(new Miss("refused", run.refusedText(REFUSED_DECIMALS)));
    }
    if (run.overloaded()) {
      missed.add(new Miss("overloaded", ""));
    }
    return missed;
  }

  private static String figure(double millis) {
    return String.format(Locale.ROOT, "%.2f ms", millis);
  }

  /** The same in names. */
  public List<String> missedBy(RunSummary run) {
    return misses(run).stream().map(Miss::name).toList();
  }

  /** Whether all limits are met, no request is refused, and the fleet keeps up. */
  public boolean areMetBy(RunSummary run) {
    return missedBy(run).isEmpty();
  }
}
