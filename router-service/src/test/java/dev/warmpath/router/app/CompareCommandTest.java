package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class CompareCommandTest {
  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void runsOfTheSamePolicyAndConcurrencyStandSideBySide() throws IOException {
    closedLoop("a", "c=1,2,4", 40);
    closedLoop("b", "c=4,2", 80);
    double a = ttft("a", 1);
    double b = ttft("b", 1);

    assertThat(compare("--format", "json")).isZero();

    JsonNode runs = JsonMapper.shared().readTree(out.toString()).get("runs");
    assertThat(runs.valueStream().map(run -> run.get("a").asString()))
        .containsExactly("kv c=2", "kv c=4");
    JsonNode ttft = runs.get(0).get("metrics").get("ttft_mean_ms");
    assertThat(ttft.get("a").asDouble()).isEqualTo(a);
    assertThat(ttft.get("b").asDouble()).isEqualTo(b);
    JsonNode e2e = runs.get(0).get("metrics").get("e2e_mean_ms");
    assertThat(e2e.get("b_to_a_percent").asDouble())
        .isCloseTo(100 * (e2e.get("b").asDouble() / e2e.get("a").asDouble() - 1), within(1e-9));
    assertThat(e2e.get("b_to_a_percent").asDouble()).isGreaterThan(10);
  }

  @Test
  void aReportIsNoPercentFromItself() {
    closedLoop("a", "c=2", 40);
    closedLoop("b", "c=2", 40);

    assertThat(compare()).isZero();
    assertThat(out.toString())
        .startsWith("kv c=2\n")
        .containsPattern("ttft_p99_ms +[0-9.]+ +[0-9.]+ +\\+0\\.00 %")
        .doesNotContain("measured");
  }

  @Test
  void saysWhatIsBeyondTheChanceOfWhichRequestsCame() throws IOException {
    closedLoop("a", "c=100", 40);
    closedLoop("b", "c=100", 80);

    assertThat(compare("--format", "json")).isZero();
    JsonNode metrics =
        JsonMapper.shared().readTree(out.toString()).get("runs").get(0).get("metrics");
    JsonNode e2e = metrics.get("e2e_mean_ms");
    assertThat(e2e.get("beyond_noise").asBoolean()).isTrue();
    assertThat(e2e.get("b_to_a_percent").asDouble())
        .isBetween(
            e2e.get("b_to_a_percent_low").asDouble(), e2e.get("b_to_a_percent_high").asDouble());
    assertThat(metrics.get("requests_per_s").has("beyond_noise")).isFalse();

    assertThat(compare()).isZero();
    assertThat(out.toString()).contains("true in 95 %").containsPattern("e2e_mean_ms .* yes");
    Files.delete(folder.resolve("b/requests.jsonl"));
    assertThat(compare()).isZero();
    assertThat(out.toString()).contains("e2e_mean_ms").doesNotContain("true in");
  }

  @Test
  void eachRunHasItsErrorAgainstTheMeasurement() throws IOException {
    closedLoop("a", "c=2", 40);
    closedLoop("b", "c=2", 40);
    double simulated = ttft("a", 0);
    Path measured = measured(simulated / 1.25);

    assertThat(compare("--measured", measured.toString(), "--format", "json")).isZero();

    JsonNode metrics = JsonMapper.shared().readTree(out.toString()).get("runs").get(0);
    JsonNode ttft = metrics.get("metrics").get("ttft_mean_ms");
    assertThat(ttft.get("a_error_percent").asDouble()).isCloseTo(25, within(1e-6));
    assertThat(ttft.get("b_error_percent").asDouble()).isCloseTo(25, within(1e-6));
    assertThat(metrics.get("metrics").get("tpot_p99_ms").has("measured")).isFalse();

    assertThat(compare("--measured", measured.toString(), "--measured-table", "lab")).isZero();
    assertThat(out.toString()).contains("error of A").contains("+25.00 %");
  }

  @Test
  void refusesWhatCannotBeCompared() throws IOException {
    closedLoop("a", "c=1,2", 40);
    assertThat(compare()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("report.json cannot be read");

    closedLoop("b", "c=4,8", 40);
    assertThat(compare()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString())
        .contains("no run of the same policy and concurrency: kv c=1, kv c=2 against kv c=4");

    Files.writeString(folder.resolve("b/report.json"), "{\"runs\": [{\"policy\": \"kv\"}]}");
    assertThat(compare()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("report.json: is no report of a replay");

    Files.writeString(folder.resolve("b/report.json"), "nothing");
    assertThat(compare()).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("report.json: is not JSON");
  }

  @Test
  void refusesMeasurementsThatDoNotFit() throws IOException {
    closedLoop("a", "c=4", 40);
    closedLoop("b", "c=4", 40);
    String measured = measured(100).toString();

    assertThat(compare("--measured", measured)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--measured has no row of a concurrency of A and B");
    assertThat(compare("--measured", measured, "--measured-table", "field"))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("must have one table field, has 0; there are: lab 100:10");
    assertThat(compare("--measured-table", "lab")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--measured-table needs --measured");
  }

  private Path measured(double ttftMeanMs) throws IOException {
    return Files.writeString(
        folder.resolve("measured.json"),
        """
        {"tables": [{"config": {"id": "lab"}, "isl": 100, "osl": 10,
          "rows": [{"concurrency": 2, "req_s": 1.5, "ttft_mean_ms": %s}]}]}
        """
            .formatted(ttftMeanMs));
  }

  private double ttft(String name, int run) throws IOException {
    String json = Files.readString(folder.resolve(name).resolve("report.json"));
    JsonNode runs = JsonMapper.shared().readTree(json).get("runs");
    return runs.get(run).get("ttft_ms").get("mean").asDouble();
  }

  private void closedLoop(String name, String clients, int outputTokens) {
    int exitCode =
        run(
            "--closed-loop",
            clients,
            "isl=2000",
            "osl=" + outputTokens,
            "--engine",
            "dynamo-mocker",
            "--workers",
            "1",
            "--out",
            folder.resolve(name).toString());
    assertThat(exitCode).isZero();
  }

  private int compare(String... flags) {
    String[] all = new String[flags.length + 3];
    all[0] = "compare";
    all[1] = folder.resolve("a").toString();
    all[2] = folder.resolve("b").toString();
    System.arraycopy(flags, 0, all, 3, flags.length);
    return run(all);
  }

  private int run(String... flags) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    String[] all = new String[flags.length + 1];
    all[0] = "replay";
    System.arraycopy(flags, 0, all, 1, flags.length);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all);
  }
}
