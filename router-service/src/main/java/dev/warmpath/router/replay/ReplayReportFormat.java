package dev.warmpath.router.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Reports as text: a table for people, JSON for programs. */
public final class ReplayReportFormat {
  private static final List<String> HEADINGS =
      List.of("policy", "block hit", "token hit", "TTFT mean", "p50", "p90", "p99", "busiest/mean");
  private static final String COLUMN_GAP = "  ";

  private ReplayReportFormat() {}

  /** One JSON object in UTF-8 text, ending with a line end; rates from 0 to 1. */
  public static String json(ReplayReport report) {
    JsonMapper mapper =
        JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();
    return mapper.writeValueAsString(report) + "\n";
  }

  /** A page of aligned text. */
  public static String table(ReplayReport report, ReplayOptions options, int blockSize) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADINGS);
    report.policies().forEach(policy -> rows.add(row(policy)));
    return heading(report, options, blockSize) + "\n" + aligned(rows);
  }

  private static String heading(ReplayReport report, ReplayOptions options, int blockSize) {
    ReplayReport.TraceSize trace = report.trace();
    return String.format(
            Locale.ROOT,
            "trace     %,d requests, %,d blocks of %,d tokens, %,d distinct\n",
            trace.requests(),
            trace.blocks(),
            blockSize,
            trace.distinctBlocks())
        + (trace.badLines() == 0
            ? ""
            : String.format(Locale.ROOT, "bad lines %,d left out\n", trace.badLines()))
        + String.format(
            Locale.ROOT,
            "targets   %,d (%,d workers x %,d ranks), %,d blocks and %,.0f prefill tokens/s each\n",
            options.targets(),
            options.workers(),
            options.ranks(),
            options.blocksPerTarget(),
            options.speed().prefillTokensPerSecond())
        + String.format(
            Locale.ROOT,
            "ceilings  %s with an endless cache, %s with one LRU cache of %,d blocks\n",
            percent(report.ceilings().endless()),
            percent(report.ceilings().pooledLru()),
            options.pooledBlocks());
  }

  private static List<String> row(PolicyReport policy) {
    LatencySummary ttft = policy.ttftMs();
    return List.of(
        policy.policy(),
        percent(policy.blockHitRate()),
        percent(policy.tokenHitRate()),
        millis(ttft.mean()),
        millis(ttft.p50()),
        millis(ttft.p90()),
        millis(ttft.p99()),
        String.format(Locale.ROOT, "%.2f", policy.busiestOverMean()));
  }

  private static String percent(double rate) {
    return String.format(Locale.ROOT, "%.1f %%", rate * 100);
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, "%,.0f ms", millis);
  }

  /** The first column to the left, all others to the right. */
  private static String aligned(List<List<String>> rows) {
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      for (int column = 0; column < row.size(); column++) {
        String pad = " ".repeat(width(rows, column) - row.get(column).length());
        out.append(column == 0 ? "" : COLUMN_GAP);
        out.append(column == 0 ? row.get(column) + pad : pad + row.get(column));
      }
      out.append('\n');
    }
    return out.toString();
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }
}
