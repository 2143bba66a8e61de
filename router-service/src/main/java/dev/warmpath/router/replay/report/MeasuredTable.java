package dev.warmpath.router.replay.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

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
   * Picks a table of a {@link MeasuredFile}.
   *
   * @param file its name, for complaints
   * @param id the table's id, or id and lengths; null if the lengths name just one
   * @throws IllegalArgumentException if the file is no such JSON, or does not name just one table
   */
  public static MeasuredTable read(
      String file, String json, @Nullable String id, int inputTokens, int outputTokens) {
    MeasuredFile.Table table = MeasuredFile.read(file, json).table(id, inputTokens, outputTokens);
    List<MeasuredRow> rows = table.rows().stream().map(MeasuredTable::row).toList();
    return new MeasuredTable(table.id(), inputTokens, outputTokens, rows);
  }

  private static MeasuredRow row(MeasuredFile.Row row) {
    return new MeasuredRow(
        row.concurrency(),
        figure(row, "req_s"),
        figure(row, "ttft_mean_ms"),
        figure(row, "ttft_p99_ms"),
        figure(row, "tpot_mean_ms"),
        figure(row, "tpot_p99_ms"),
        figure(row, "e2e_mean_ms"),
        figure(row, "e2e_p99_ms"));
  }

  private static double figure(MeasuredFile.Row row, String name) {
    return row.figures().getOrDefault(name, Double.NaN);
  }
}
