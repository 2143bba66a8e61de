package dev.warmpath.router.replay.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A {@link SimulationReport} as one page of HTML that needs nothing else: its charts' library, its
 * script and its data are inside.
 */
public final class SimulationPage {
  /** Most runs whose requests are charted; runs after them are only in the charts of all runs. */
  public static final int MAX_CHARTED_RUNS = 16;

  private static final String LIBRARY = "/*LIBRARY*/";
  private static final String DATA = "/*DATA*/";
  private static final MathContext DIGITS = new MathContext(4);

  private SimulationPage() {}

  /**
   * The page.
   *
   * @param charts of the first runs of the report, at most {@link #MAX_CHARTED_RUNS}
   * @param measured what to compare a closed loop with
   * @param template a page with places for the library and the data
   * @param library script that draws charts
   */
  public static String html(
      SimulationReport report,
      List<RunCharts> charts,
      MeasuredTable measured,
      String template,
      String library) {
    String data =
        JsonMapper.shared()
            .writeValueAsString(data(report, charts, measured))
            .replace("<", "\\u003c");
    return template.replace(LIBRARY, library).replace(DATA, data);
  }

  private static Map<String, Object> data(
      SimulationReport report, List<RunCharts> charts, MeasuredTable measured) {
    JsonNode summary = JsonMapper.shared().readTree(SimulationJson.json(report, "runs"));
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("summary", summary);
    root.put("engine", report.deployment().engine().name());
    root.put("none", RunCharts.NONE);
    root.put("charts", charts.stream().map(SimulationPage::charts).toList());
    root.put("measured", measured(measured));
    return root;
  }

  private static Map<String, Object> charts(RunCharts charts) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("ttft_ms", rounded(charts.ttftMs()));
    fields.put("tpot_ms", rounded(charts.tpotMs()));
    fields.put("e2e_ms", rounded(charts.e2eMs()));
    fields.put("in_system", rounded(charts.inSystem()));
    fields.put("waiting", rounded(charts.waiting()));
    fields.put("hit_rate", rounded(charts.hitRate()));
    fields.put("prefill", map(charts.prefill()));
    fields.put("decode", map(charts.decode()));
    fields.put("prefixes", map(charts.prefixes()));
    return fields;
  }

  private static Map<String, Object> map(RankMap map) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rows", map.rows());
    fields.put("columns", map.columns());
    fields.put("values", Arrays.stream(map.values()).map(SimulationPage::rounded).toList());
    return fields;
  }

  private static Map<String, Object> measured(MeasuredTable table) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (MeasuredRow row : table.rows()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("concurrency", row.concurrency());
      number(fields, "requests_per_s", row.requestsPerSecond());
      number(fields, "ttft_mean_ms", row.ttftMeanMs());
      number(fields, "ttft_p99_ms", row.ttftP99Ms());
      number(fields, "tpot_mean_ms", row.tpotMeanMs());
      number(fields, "tpot_p99_ms", row.tpotP99Ms());
      number(fields, "e2e_mean_ms", row.e2eMeanMs());
      number(fields, "e2e_p99_ms", row.e2eP99Ms());
      rows.add(fields);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", table.id());
    fields.put("rows", rows);
    return fields;
  }

  private static void number(Map<String, Object> fields, String name, double value) {
    if (!Double.isNaN(value)) {
      fields.put(name, value);
    }
  }

  private static List<BigDecimal> rounded(double[] values) {
    return Arrays.stream(values)
        .mapToObj(value -> new BigDecimal(value).round(DIGITS).stripTrailingZeros())
        .toList();
  }
}
