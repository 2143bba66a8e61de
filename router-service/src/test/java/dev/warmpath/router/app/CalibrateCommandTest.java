package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code replay calibrate}, from flags to the engine file. */
final class CalibrateCommandTest {
  private static final Path PUBLISHED = Path.of("..", "..", "shared", "tables", "published.json");
  private static final String TRUTH =
      """
      {"name": "truth", "provenance": {"source": "made up", "hold_out": "none"},
       "prefill": {"base_ms": 50, "per_token_ms": 0.15},
       "decode": {"base_ms": 20, "per_sequence_ms": 0.4, "admission_ms": 6},
       "pools": {
         "prefill": {"slots": 1, "prompts_per_step": 1, "shared_queue": true},
         "decode": {"slots": 256}}}
      """;

  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String truth = "";

  @BeforeEach
  void writeTruth() throws IOException {
    truth = Files.writeString(folder.resolve("truth.json"), TRUTH).toString();
  }

  @Test
  void findsTheConstantsThatMadeTheRows() throws IOException {
    String fitted = folder.resolve("fitted.json").toString();

    assertThat(
            calibrate(
                measured("rows", "c=1,2,4,32"),
                "--fit",
                "prefill.base_ms=80,prefill.per_token_ms=0.1,decode.base_ms=26,"
                    + "decode.per_sequence_ms=0.25",
                "--hold-out",
                "concurrency=4",
                "--format",
                "json",
                "--out",
                fitted))
        .as(err.toString())
        .isZero();

    JsonNode report = json();
    JsonNode engine = JsonMapper.shared().readTree(Files.readString(Path.of(fitted)));
    assertThat(engine.get("name").asString()).isEqualTo("fitted");
    assertThat(engine.get("prefill").get("base_ms").asDouble()).isCloseTo(50, within(2.5));
    assertThat(engine.get("prefill").get("per_token_ms").asDouble())
        .isCloseTo(0.15, within(0.0045));
    assertThat(engine.get("decode").get("base_ms").asDouble()).isCloseTo(20, within(0.6));
    assertThat(engine.get("decode").get("per_sequence_ms").asDouble()).isCloseTo(0.4, within(0.02));
    assertThat(report.get("held_out_error").get("ttft_mean_ms").get("worst").asDouble())
        .isLessThan(0.02)
        .isLessThan(
            report.get("held_out_error_before").get("ttft_mean_ms").get("worst").asDouble());
    assertThat(report.get("believable").asBoolean()).isTrue();
    assertThat(report.get("held_out_rows").valueStream().map(JsonNode::asString))
        .containsExactly("lab 500:80 c=4", "lab 3000:80 c=4");
  }

  @Test
  void theFileIsAnEngineThatSaysWhereItComesFrom() throws IOException {
    String fitted = folder.resolve("deep/mine.json").toString();
    assertThat(calibrate(measured("rows", "c=1,4"), "--fit", "decode.base_ms=23", "--out", fitted))
        .as(err.toString())
        .isZero();

    assertThat(
            run(
                List.of(
                    "--closed-loop",
                    "c=2",
                    "isl=100",
                    "osl=10",
                    "--engine",
                    fitted,
                    "--prefill-workers",
                    "1",
                    "--decode-workers",
                    "1",
                    "--format",
                    "json")))
        .isZero();
    JsonNode calibration = json().get("calibration");
    assertThat(calibration.get("source").asString())
        .contains("3 rows of lab 500:80, lab 3000:80 (concurrency 1, 4)")
        .contains("fitted: decode.base_ms. All else as in truth: made up");
    assertThat(calibration.get("hold_out").asString())
        .startsWith("1 row not used in the fit (share=0.25), absolute error mean / worst:")
        .contains("ttft_p99_ms 0.0 / 0.0 %");
  }

  @Test
  void writesTheSameBytesTwice() throws IOException {
    String measured = measured("rows", "c=1,2,4");
    String[] flags = {"--fit", "prefill.base_ms=40,decode.base_ms=25", "--evaluations", "30"};
    Path fitted = folder.resolve("fitted.json");
    assertThat(calibrate(measured, with(flags, "--out", fitted.toString()))).isZero();
    String first = Files.readString(fitted) + out;
    assertThat(calibrate(measured, with(flags, "--out", fitted.toString()))).isZero();

    assertThat(Files.readString(fitted) + out).isEqualTo(first);
  }

  @Test
  void warnsWhenRowsKeptOutAreFarWorse() throws IOException {
    ObjectNode tables =
        (ObjectNode)
            JsonMapper.shared().readTree(Files.readString(Path.of(measured("rows", "c=1,2,4"))));
    for (JsonNode table : tables.get("tables")) {
      ObjectNode odd = (ObjectNode) table.get("rows").get(2);
      odd.put("ttft_mean_ms", 3 * odd.get("ttft_mean_ms").asDouble());
    }
    Path odd = folder.resolve("odd.json");
    Files.writeString(odd, tables.toString());
    Path fitted = folder.resolve("fitted.json");

    assertThat(
            calibrate(
                odd.toString(),
                "--fit",
                "prefill.base_ms,decode.base_ms",
                "--hold-out",
                "concurrency=4",
                "--out",
                fitted.toString()))
        .isZero();
    assertThat(out.toString()).contains("DO NOT BELIEVE these constants");
    assertThat(Files.readString(fitted)).contains("DO NOT BELIEVE these constants");
  }

  @Test
  void aRangeThatIsTooSmallIsNamed() throws IOException {
    assertThat(
            calibrate(
                measured("rows", "c=1,4"),
                "--fit",
                "decode.base_ms=40",
                "--range",
                "1.2",
                "--out",
                folder.resolve("fitted.json").toString()))
        .isZero();

    assertThat(out.toString()).containsPattern("decode.base_ms .*at the bound of --range");
  }

  /** Fits from constants far off, and compares rows that the fit did not see. */
  @Test
  void predictsPublishedRowsThatItDidNotSee() {
    assumeTrue(Files.isReadable(PUBLISHED), () -> PUBLISHED + " is not there");

    assertThat(
            run(
                List.of(
                    "calibrate",
                    "--engine",
                    "qwen3-32b-h20",
                    "--measured",
                    PUBLISHED.toString(),
                    "--measured-table",
                    "dynamo-3P(TP4)1D(TP4)-Qwen3-32B",
                    "--least-concurrency",
                    "8",
                    "--hold-out",
                    "concurrency=16,64",
                    "--fit",
                    "prefill.per_token_ms=0.2,decode.base_ms=30,decode.admission_ms=10",
                    "--evaluations",
                    "80",
                    "--format",
                    "json",
                    "--out",
                    folder.resolve("fitted.json").toString())))
        .as(err.toString())
        .isZero();

    JsonNode held = json().get("held_out_error");
    assertThat(held.get("requests_per_s").get("mean").asDouble()).isLessThan(0.04);
    assertThat(held.get("tpot_mean_ms").get("mean").asDouble()).isLessThan(0.03);
    assertThat(held.get("ttft_mean_ms").get("mean").asDouble()).isLessThan(0.12);
    assertThat(json().get("held_out_error_before").get("tpot_mean_ms").get("mean").asDouble())
        .isGreaterThan(0.2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--fit decode.speed=2|decode.speed is unknown here; known are admission_ms, base_ms",
        "--fit decode.speed|'decode.speed' is not in the engine's file, which has prefill.base_ms",
        "--fit pools.decode.slots=2|--fit 'pools.decode.slots' is no constant of",
        "--fit attention_dp.mixed_ms=2|--fit 'attention_dp.mixed_ms' is no constant of",
        "--fit decode.base_ms=fast|--fit decode.base_ms must be a number above 0, was 'fast'",
        "--fit decode.base_ms,decode.base_ms=2|--fit names a constant twice",
        "--hold-out concurrency=3|--hold-out concurrency=3 names no row; rows have 1, 2",
        "--hold-out concurrency=1,2|--hold-out concurrency=1,2 leaves none of 4 rows to fit",
        "--hold-out share=2|--hold-out share must be above 0 and below 1, was '2'",
        "--hold-out speed=2|--hold-out takes concurrency=, isl=, osl=, table= or share=",
        "--metrics speed|--metrics 'speed' is no metric: choose from requests_per_s",
        "--metrics tpot_mean --hold-out share=0.75|too few rows: 5 constants need at least 10",
        "--metrics ttft_max|too few rows: 5 constants need at least 10 measured figures, 3 rows"
            + " have 0",
        "--evaluations 9|too few evaluations: 5 constants need at least 12, was 9",
        "--measured-table field|has no table field; there are: lab 500:80, lab 3000:80",
        "--least-concurrency 5|--least-concurrency 5 leaves no row",
        "--range 1|--range must be above 1.0, was 1.0",
        "--answers mine|--answers must be measured or engine, was mine",
        "--policy best|--policy 'best' is unknown",
        "--workers 2|is not calibrated for aggregated workers",
        "--prefill-tp 2|--prefill-tp 2 needs --prefill-workers and --decode-workers",
        "--engine nothing|--engine 'nothing' is neither a file nor one of qwen3-32b-h20",
      })
  void refusesWrongUsageInOneSentence(String flags, String complaint) throws IOException {
    String measured = measured("rows", "c=1,2");
    List<String> all = new ArrayList<>(List.of(flags.split(" ")));
    all.addAll(List.of("--out", folder.resolve("never.json").toString()));

    assertThat(calibrate(measured, all.toArray(String[]::new)))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(complaint);
    assertThat(folder.resolve("never.json")).doesNotExist();
  }

  @Test
  void refusesMeasurementsThatAreNone() throws IOException {
    String measured = measured("rows", "c=1,2");
    String negative = Files.readString(Path.of(measured)).replaceFirst("\"req_s\":", "$0-");
    refuses(negative, "requests_per_s at concurrency 1 must be above 0, was -");
    refuses("{\"tables\": []}", "has no rows");
    refuses("nothing", "is not JSON");
    refuses(
        Files.readString(Path.of(measured)).replaceFirst("\"disagg\"", "\"both\""),
        "config.mode must be agg or disagg, was 'both'");
  }

  private void refuses(String json, String complaint) throws IOException {
    Path file = Files.writeString(folder.resolve("wrong.json"), json);

    assertThat(calibrate(file.toString(), "--out", folder.resolve("never.json").toString()))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--measured " + file).contains(complaint);
  }

  /** Closed loops of the true engine, as a file of measurements. */
  private String measured(String name, String clients) throws IOException {
    ArrayNode tables = JsonMapper.shared().createArrayNode();
    for (int inputTokens : List.of(500, 3000)) {
      assertThat(
              run(
                  List.of(
                      "--closed-loop",
                      clients,
                      "isl=" + inputTokens,
                      "osl=80",
                      "--engine",
                      truth,
                      "--prefill-workers",
                      "2",
                      "--decode-workers",
                      "1",
                      "--format",
                      "json")))
          .isZero();
      ObjectNode table = tables.addObject();
      table
          .putObject("config")
          .put("id", "lab")
          .put("mode", "disagg")
          .put("prefill_workers", 2)
          .put("decode_workers", 1);
      table.put("isl", inputTokens).put("osl", 80);
      ArrayNode rows = table.putArray("rows");
      for (JsonNode run : json().get("runs")) {
        rows.addObject()
            .put("concurrency", run.get("concurrency").asInt())
            .put("req_s", run.get("requests_per_s").asDouble())
            .put("out_tok_s", run.get("output_tokens_per_s").asDouble())
            .put("ttft_mean_ms", run.get("ttft_ms").get("mean").asDouble())
            .put("ttft_p99_ms", run.get("ttft_ms").get("p99").asDouble())
            .put("tpot_mean_ms", run.get("tpot_ms").get("mean").asDouble())
            .put("e2e_mean_ms", run.get("e2e_ms").get("mean").asDouble());
      }
    }
    ObjectNode file = JsonMapper.shared().createObjectNode();
    file.set("tables", tables);
    return Files.writeString(folder.resolve(name + ".json"), file.toString()).toString();
  }

  private int calibrate(String measured, String... flags) {
    List<String> all = new ArrayList<>(List.of("calibrate", "--measured", measured));
    all.addAll(List.of(flags));
    if (!all.contains("--engine")) {
      all.addAll(List.of("--engine", truth));
    }
    return run(all);
  }

  private static String[] with(String[] flags, String... more) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString());
  }

  private int run(List<String> flags) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of("replay"));
    all.addAll(flags);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(all.toArray(String[]::new));
  }
}
