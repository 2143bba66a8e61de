package dev.warmpath.router.replay.calibrate;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.report.MeasuredFile;
import dev.warmpath.router.replay.study.Figures;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * A closed loop that was measured: a row of a table.
 *
 * @param table id of its table
 * @param deployment what served
 * @param inputTokens tokens of each prompt
 * @param outputTokens tokens that were asked for
 * @param concurrency clients
 * @param figures what was measured
 */
public record MeasuredLoop(
    String table,
    Deployment deployment,
    int inputTokens,
    int outputTokens,
    int concurrency,
    Figures figures) {
  private static final String REQUESTS = "requests_per_s";

  public MeasuredLoop {
    requireFrom1(table, "isl", inputTokens);
    requireFrom1(table, "osl", outputTokens);
    requireFrom1(table, "concurrency", concurrency);
    figures
        .values()
        .forEach((key, value) -> {
          if (!(value > 0)) {
            throw new IllegalArgumentException(
                "%s: %s at concurrency %d must be above 0, was %s"
                    .formatted(table, key, concurrency, value));
          }
        });
  }

  private static void requireFrom1(String table, String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "%s: %s must be a whole number from 1, was %d".formatted(table, name, value));
    }
  }

  /**
   * The rows of tables of a {@link MeasuredFile}.
   *
   * @param file its name, for complaints
   * @param wanted ids, or ids and lengths as {@code ID ISL:OSL}; empty for all tables
   * @param deployment what served, by {@code config}
   * @throws IllegalArgumentException if the file is no such JSON, or has no such table
   */
  public static List<MeasuredLoop> read(
      String file, String json, List<String> wanted, Function<JsonNode, Deployment> deployment) {
    List<MeasuredLoop> rows = new ArrayList<>();
    for (MeasuredFile.Table table : MeasuredFile.read(file, json).tables(wanted)) {
      List<MeasuredFile.Row> told = table.rows();
      try {
        addRows(rows, table, told, deployment.apply(table.config()));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
      }
    }
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(file + ": has no rows");
    }
    return rows;
  }

  private static void addRows(
      List<MeasuredLoop> rows,
      MeasuredFile.Table table,
      List<MeasuredFile.Row> told,
      Deployment deployment) {
    for (MeasuredFile.Row row : told) {
      rows.add(
          new MeasuredLoop(
              table.id(),
              deployment,
              table.inputTokens(),
              table.outputTokens(),
              row.concurrency(),
              Figures.ofMeasured(row)));
    }
  }

  /**
   * Tokens of an answer on average, as the row's latencies have it: {@code (E2E - TTFT) / TPOT +
   * 1}; empty when one of them is not told.
   */
  public OptionalDouble meanAnswer() {
    Double e2e = figures.values().get("e2e_mean_ms");
    Double ttft = figures.values().get("ttft_mean_ms");
    Double tpot = figures.values().get("tpot_mean_ms");
    return e2e == null || ttft == null || tpot == null
        ? OptionalDouble.empty()
        : OptionalDouble.of((e2e - ttft) / tpot + 1);
  }

  /**
   * A figure by its name in reports; empty when it was not measured. Requests a second are output
   * tokens a second over {@link #meanAnswer} where both are known: benchmarks round the former to
   * two decimals.
   */
  public OptionalDouble figure(String key) {
    Double told = figures.values().get(key);
    Double tokens = figures.values().get("output_tokens_per_s");
    if (key.equals(REQUESTS) && tokens != null && meanAnswer().isPresent()) {
      return OptionalDouble.of(tokens / meanAnswer().getAsDouble());
    }
    return told == null ? OptionalDouble.empty() : OptionalDouble.of(told);
  }

  /** Table, lengths and concurrency, for people. */
  public String name() {
    return "%s %d:%d c=%d".formatted(table, inputTokens, outputTokens, concurrency);
  }
}
