package dev.warmpath.router.replay.study;

import dev.warmpath.router.replay.report.MeasuredFile;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The figures of a run, as a report or a table of measurements tells them.
 *
 * @param policy of the router; empty for measurements
 * @param concurrency clients of a closed loop; 0 for an open one
 * @param values by their names in reports, {@code ttft_p99_ms} for one, in the order of {@link
 *     Metric#ALL}; those that are told
 */
public record Figures(String policy, int concurrency, SequencedMap<String, Double> values) {
  private static final Map<String, String> MEASURED_NAMES =
      Map.of("requests_per_s", "req_s", "output_tokens_per_s", "out_tok_s");

  public Figures {
    values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
  }

  /** Policy and concurrency, for people. */
  public String name() {
    return concurrency == 0 ? policy : policy + " c=" + concurrency;
  }

  /** Whether both are of the same policy and concurrency. */
  public boolean isLike(Figures other) {
    return policy.equals(other.policy) && concurrency == other.concurrency;
  }

  /**
   * The runs of a report.
   *
   * @param file its name, for complaints
   * @throws IllegalArgumentException if the text is no report
   */
  public static List<Figures> ofReport(String file, String json) {
    JsonNode root = parse(file, json);
    JsonNode runs = root.path(root.has("runs") ? "runs" : "policies");
    List<Figures> all = new ArrayList<>();
    for (JsonNode run : runs) {
      SequencedMap<String, Double> values = new LinkedHashMap<>();
      for (Metric metric : Metric.ALL) {
        JsonNode value = run.path(metric.key());
        if (metric.unit().equals("ms")) {
          int gap = metric.name().indexOf('_');
          value = run.path(metric.name().substring(0, gap) + "_ms");
          value = value.path(metric.name().substring(gap + 1));
        }
        put(values, metric, value);
      }
      all.add(
          new Figures(run.path("policy").asString(""), run.path("concurrency").asInt(0), values));
    }
    if (all.isEmpty() || all.stream().anyMatch(run -> run.values.isEmpty())) {
      throw new IllegalArgumentException(file + ": is no report of a replay");
    }
    return all;
  }

  /**
   * The rows of a table of a {@link MeasuredFile}.
   *
   * @param file its name, for complaints
   * @param table its id, or id and lengths; null if the file has only one
   * @throws IllegalArgumentException if there is not just one such table, or it has no rows
   */
  public static List<Figures> ofMeasured(String file, String json, @Nullable String table) {
    List<Figures> all =
        MeasuredFile.read(file, json).table(table).rows().stream()
            .map(Figures::ofMeasured)
            .toList();
    if (all.isEmpty()) {
      throw new IllegalArgumentException(file + ": the table has no rows");
    }
    return all;
  }

  /** A row of a table of measurements. */
  public static Figures ofMeasured(MeasuredFile.Row row) {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    for (Metric metric : Metric.ALL) {
      Double told = row.figures().get(MEASURED_NAMES.getOrDefault(metric.key(), metric.key()));
      if (told != null) {
        values.put(metric.key(), told);
      }
    }
    return new Figures("", row.concurrency(), values);
  }

  private static void put(Map<String, Double> values, Metric metric, JsonNode value) {
    if (value.isNumber()) {
      values.put(metric.key(), value.asDouble());
    }
  }

  private static JsonNode parse(String file, String json) {
    try {
      return JsonMapper.shared().readTree(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s: is not JSON: %s".formatted(file, e.getOriginalMessage()), e);
    }
  }
}
