package dev.warmpath.router.replay.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.OutputLengths;
import dev.warmpath.router.replay.load.ClosedLoop;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.route.Policies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The shipped constants against the tables that were published, rows from concurrency 8 on; skipped
 * where the tables are not. A row's mean output length is what it generated a second over what it
 * answered a second, since the benchmark capped answers instead of fixing their length.
 */
final class PublishedTablesTest {
  private static final int LEAST_CONCURRENCY = 8;
  private static final Path TABLES = Path.of("..", "..", "shared", "tables", "published.json");

  @Test
  void qwenWithShortPromptsAndLongAnswers() throws IOException {
    Errors errors = errors("dynamo-3P(TP4)1D(TP4)-Qwen3-32B", 500, "qwen3-32b-h20");

    errors.requireAtMost("req/s", Row::requests, 0.01, 0.02);
    errors.requireAtMost("TTFT mean", Row::ttftMean, 0.05, 0.08);
    errors.requireAtMost("TPOT", Row::tpot, 0.02, 0.03);
  }

  @Test
  void qwenWithLongPromptsAndShortAnswers() throws IOException {
    Errors errors = errors("dynamo-3P(TP4)1D(TP4)-Qwen3-32B", 3000, "qwen3-32b-h20");

    errors.requireAtMost("req/s", Row::requests, 0.05, 0.08);
    errors.requireAtMost("TTFT mean", Row::ttftMean, 0.14, 0.25);
    errors.requireAtMost("TTFT P99", Row::ttftP99, 0.12, 0.33);
    errors.requireAtMost("TPOT", Row::tpot, 0.04, 0.06);
  }

  @Test
  void deepSeek() throws IOException {
    List<Row> rows = new ArrayList<>(rows("dynamo-1P1D-R1-TP16", 500, "deepseek-r1-h20"));
    rows.addAll(rows("dynamo-1P1D-R1-TP16", 3000, "deepseek-r1-h20"));
    Errors errors = new Errors("DeepSeek-R1", rows);

    errors.requireAtMost("req/s", Row::requests, 0.03, 0.07);
    errors.requireAtMost("TTFT mean", Row::ttftMean, 0.06, 0.16);
    errors.requireAtMost("TTFT P99", Row::ttftP99, 0.04, 0.06);
    errors.requireAtMost("TPOT", Row::tpot, 0.04, 0.07);
  }

  @Test
  void vllm() throws IOException {
    for (int inputTokens : List.of(500, 3000)) {
      Errors errors = errors("vllm-v0.9.0.1-V1-4xTP4-Qwen3-32B", inputTokens, "vllm-v1-h20");

      errors.requireAtMost("req/s", Row::requests, 0.11, 0.15);
      errors.requireAtMost("TTFT mean", Row::ttftMean, 0.23, 0.36);
    }
  }

  private static Errors errors(String config, int inputTokens, String engineName)
      throws IOException {
    return new Errors(config + " " + inputTokens, rows(config, inputTokens, engineName));
  }

  private static List<Row> rows(String config, int inputTokens, String engineName)
      throws IOException {
    assumeTrue(Files.isReadable(TABLES), () -> TABLES + " is not there");
    EngineModel engine = Engines.named(engineName);
    List<Row> rows = new ArrayList<>();
    for (JsonNode table : JsonMapper.shared().readTree(Files.readString(TABLES)).get("tables")) {
      boolean wanted =
          table.get("config").get("id").asString().equals(config)
              && table.get("isl").asInt() == inputTokens;
      for (JsonNode row : wanted ? table.get("rows") : List.<JsonNode>of()) {
        if (row.get("concurrency").asInt() >= LEAST_CONCURRENCY) {
          rows.add(row(engine, table, row));
        }
      }
    }
    assertThat(rows).as(config).isNotEmpty();
    return rows;
  }

  private static Row row(EngineModel engine, JsonNode table, JsonNode row) {
    int nominal = table.get("osl").asInt();
    OutputLengths lengths = engine.outputLengths(nominal);
    double mean = nominal;
    if (lengths != null && !engine.name().equals("vllm-v1-h20")) {
      mean = row.get("derived").get("osl_eff").asDouble();
      lengths = new OutputLengths(nominal, mean, lengths.deviation());
    }
    double measured = row.get("out_tok_s").asDouble() / mean;
    Synthetic load = new Synthetic(table.get("isl").asInt(), nominal, lengths);
    RunSummary run =
        run(deployment(engine, table.get("config")), load, row.get("concurrency").asInt());
    return new Row(
        row.get("concurrency").asInt(),
        run.requestsPerSecond() / measured,
        run.ttft().mean() / row.get("ttft_mean_ms").asDouble(),
        run.ttft().p99() / row.get("ttft_p99_ms").asDouble(),
        run.tpot().mean() / row.get("tpot_mean_ms").asDouble());
  }

  private static Deployment deployment(EngineModel engine, JsonNode config) {
    return config.get("mode").asString().equals("agg")
        ? Engines.aggregated(engine, config.get("workers").asInt())
        : Engines.disaggregated(
            engine,
            config.get("prefill_workers").asInt(),
            config.get("prefill_tp").asInt(),
            config.get("decode_workers").asInt());
  }

  private static RunSummary run(Deployment deployment, Synthetic load, int concurrency) {
    ServingRun serving = new ServingRun(deployment, Policies.LEAST_LOADED, 1);
    int count = 10 * concurrency;
    ClosedLoop loop = new ClosedLoop(concurrency, load.requests(count, 1), 0);
    double frontendMs = deployment.engine().frontendMs();
    return RunSummary.of(serving.run(loop, _ -> {}), concurrency, 0, frontendMs, Sla.NONE);
  }

  /** Simulated over measured. */
  private record Row(
      int concurrency, double requests, double ttftMean, double ttftP99, double tpot) {}

  private record Errors(String table, List<Row> rows) {
    void requireAtMost(String metric, ToDoubleFunction<Row> ratio, double mean, double worst) {
      double[] errors =
          rows.stream().mapToDouble(row -> Math.abs(ratio.applyAsDouble(row) - 1)).toArray();
      assertThat(Arrays.stream(errors).max().orElseThrow())
          .as("%s, %s: %s", table, metric, rows)
          .isLessThanOrEqualTo(worst);
      assertThat(Arrays.stream(errors).average().orElseThrow())
          .as("%s, %s: %s", table, metric, rows)
          .isLessThanOrEqualTo(mean);
    }
  }
}
