package dev.warmpath.router.replay.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A published closed-loop benchmark.
 *
 * @param id what names it
 * @param inputTokens tokens of its prompts
 * @param outputTokens tokens of its answers
 * @param rows a row a concurrency
 */
public record MeasuredTable(String id, int inputTokens, int outputTokens, List<MeasuredRow> rows) {
  /** Nothing was measured. */
  public static final MeasuredTable NONE = new MeasuredTable("", 0, 0, List.of());

  public MeasuredTable {
    rows = List.copyOf(rows);
  }

  /**
   * Picks a table of a file: {@code {"tables": [{"config": {"id"}, "isl", "osl", "rows":
   * [{"concurrency", "req_s", "ttft_mean_ms", ...}]}]}}.
   *
   * @param file its name, for complaints
   * @param id the table's id; null if the lengths name just one
   * @throws IllegalArgumentException if the file is no such JSON, or does not name just one table
   */
  public static MeasuredTable read(
      String file, String json, @Nullable String id, int inputTokens, int outputTokens) {
    List<MeasuredTable> tables = tables(file, json);
    List<MeasuredTable> fitting =
        tables.stream()
            .filter(table -> table.inputTokens == inputTokens && table.outputTokens == outputTokens)
            .filter(table -> id == null || table.id.equals(id))
            .toList();
    if (fitting.size() != 1) {
      String there =
          tables.stream()
              .map(table -> "%s %d:%d".formatted(table.id, table.inputTokens, table.outputTokens))
              .collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "%s must have one table%s of isl=%d osl=%d, has %d; there are: %s"
              .formatted(
                  file,
                  id == null ? "" : " " + id,
                  inputTokens,
                  outputTokens,
                  fitting.size(),
                  there));
    }
    return fitting.getFirst();
  }

  private static List<MeasuredTable> tables(String file, String json) {
    JsonNode root;
    try {
      root = JsonMapper.shared().readTree(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(file + " is no JSON: " + e.getOriginalMessage(), e);
    }
    List<MeasuredTable> tables = new ArrayList<>();
    for (JsonNode table : root.path("tables")) {
      List<MeasuredRow> rows = new ArrayList<>();
      table.path("rows").forEach(row -> rows.add(row(file, row)));
      tables.add(
          new MeasuredTable(
              table.path("config").path("id").asString(""),
              table.path("isl").asInt(0),
              table.path("osl").asInt(0),
              rows));
    }
    return tables;
  }

  private static MeasuredRow row(String file, JsonNode row) {
    int concurrency = row.path("concurrency").asInt(0);
    if (concurrency < 1) {
      throw new IllegalArgumentException(
          "%s: concurrency of a row must be at least 1: %s"
              .formatted(file, row.path("concurrency")));
    }
    return new MeasuredRow(
        concurrency,
        number(row, "req_s"),
        number(row, "ttft_mean_ms"),
        number(row, "ttft_p99_ms"),
        number(row, "tpot_mean_ms"),
        number(row, "tpot_p99_ms"),
        number(row, "e2e_mean_ms"),
        number(row, "e2e_p99_ms"));
  }

  private static double number(JsonNode row, String name) {
    return row.path(name).asDouble(Double.NaN);
  }
}
