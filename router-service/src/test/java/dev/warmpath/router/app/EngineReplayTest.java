package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class EngineReplayTest {
  private static final List<String> QWEN =
      List.of(
          "--engine",
          "qwen3-32b-h20",
          "--prefill-workers",
          "3",
          "--prefill-tp",
          "4",
          "--decode-workers",
          "1");

  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void aClosedLoopPrintsOneRunAConcurrency() {
    assertThat(closedLoop("c=1,2,4..16", "isl=3000", "osl=150", "count=10x", "warmup=2x")).isZero();

    JsonNode runs = JsonMapper.shared().readTree(out.toString()).get("runs");
    assertThat(runs.valueStream().map(run -> run.get("concurrency").asInt()))
        .containsExactly(1, 2, 4, 8, 16);
    JsonNode first = runs.get(0);
    assertThat(first.get("policy").asString()).isEqualTo("kv");
    assertThat(first.get("ttft_ms").get("mean").asDouble()).isCloseTo(545.4, within(0.5));
    assertThat(first.get("requests_per_s").asDouble()).isCloseTo(0.2792, within(0.0003));
    for (String field : List.of("ttft_ms", "tpot_ms", "itl_ms", "e2e_ms")) {
      assertThat(first.get(field).propertyNames()).contains("mean", "p50", "p99");
    }
    assertThat(first.has("output_tokens_per_s")).isTrue();
    assertThat(first.get("block_hit_rate").asDouble()).isZero();
    assertThat(first.get("overloaded").asBoolean()).isFalse();
  }

  @Test
  void answersAreAsLongAsInTheBenchmarkThatAskedForAThousand() {
    assertThat(closedLoop("c=8", "isl=500", "osl=1000")).isZero();

    JsonNode run = JsonMapper.shared().readTree(out.toString()).get("runs").get(0);
    double length =
        run.get("output_tokens_per_s").asDouble() / run.get("requests_per_s").asDouble();
    assertThat(length).isCloseTo(816, within(1.0));
  }

  @Test
  void theSameInputsPrintTheSameBytes() throws IOException {
    Path trace = trace();
    String[] arguments = {
      trace.toString(),
      "--engine",
      "dynamo-mocker",
      "--workers",
      "4",
      "--format",
      "json",
      "--policy",
      "kv,round_robin,dynamo",
      "--out",
      folder.resolve("one").toString()
    };
    assertThat(run(arguments)).isZero();
    String first = out.toString();
    out.getBuffer().setLength(0);
    arguments[arguments.length - 1] = folder.resolve("other").toString();
    assertThat(run(arguments)).isZero();

    assertThat(out.toString()).isEqualTo(first);
    for (String file : List.of("report.json", "requests.jsonl")) {
      assertThat(folder.resolve("other").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("one").resolve(file));
    }
    JsonNode report = JsonMapper.shared().readTree(first);
    assertThat(report.get("policies").size()).isEqualTo(3);
    assertThat(report.get("inputs").get("seed").asString()).isEqualTo("1");
    assertThat(report.get("inputs").propertyNames())
        .contains("TRACE", "engine", "workers", "block-size")
        .doesNotContain("blocks", "ranks", "load", "prefill-rate", "event-delay", "lose-events");
    assertThat(report.get("calibration").get("source").asString()).contains("mocker");
    assertThat(report.get("calibration").propertyNames()).containsExactly("source", "hold_out");
    assertThat(Files.readAllLines(folder.resolve("one").resolve("requests.jsonl")))
        .hasSize(3 * 300)
        .allSatisfy(line -> assertThat(JsonMapper.shared().readTree(line).isObject()).isTrue());
  }

  @Test
  void aPersonReadsTheBlockThatBenchmarksPrintAndAVerdict() {
    String[] arguments = {
      "--open-loop",
      "poisson=500",
      "isl=3000",
      "osl=20",
      "count=2000",
      "--engine",
      "vllm-v1-h20",
      "--workers",
      "1",
      "--policy",
      "round_robin"
    };
    assertThat(run(arguments)).isZero();

    assertThat(out.toString().lines().toList())
        .anyMatch(line -> line.startsWith("calibration  Qwen3-32B"))
        .anyMatch(line -> line.startsWith("error        8 tables"))
        .anyMatch(line -> line.matches("Mean TTFT \\(ms\\): +[0-9.]+"))
        .anyMatch(line -> line.matches("P99 E2EL \\(ms\\): +[0-9.]+"))
        .anyMatch(line -> line.startsWith("bottleneck: "))
        .anyMatch(line -> line.startsWith("utilisation: "))
        .anyMatch(line -> line.startsWith("OVERLOADED: TTFT grows"));
  }

  @Test
  void aFleetWithoutABottleneckIsToldByWhatWasLookedAt() {
    String loop = "--closed-loop c=16 isl=3000 osl=150 " + String.join(" ", QWEN);
    assertThat(run(loop.split(" "))).isZero();
    assertThat(out.toString())
        .contains(
            "bottleneck: none: prefill workers step less than 90.0 % of the time, and less than"
                + " 90.0 % of the slots decode\n")
        .contains("decode workers step 99.0 % of the time, 5.2 % of their slots decode\n");

    String aggregated = "--closed-loop c=1 isl=100 osl=5 --engine dynamo-mocker --workers 1";
    assertThat(run(aggregated.split(" "))).isZero();
    assertThat(out.toString())
        .contains(
            "bottleneck: none: prompts wait no longer than they are computed, and less than 90.0 %"
                + " of the slots decode\n");
  }

  @Test
  void hostMemoryIsReportedApartFromTheDevice() throws IOException {
    Path trace = trace();
    String[] plain = {
      trace.toString(),
      "--engine",
      "dynamo-mocker",
      "--workers",
      "2",
      "--blocks",
      "200",
      "--format",
      "json"
    };
    assertThat(run(plain)).isZero();
    JsonNode without = JsonMapper.shared().readTree(out.toString()).get("policies").get(0);
    out.getBuffer().setLength(0);
    String[] host = {"--host-cache-blocks", "5000", "--host-fetch-ms-per-block", "0.5"};
    assertThat(run(Stream.concat(Stream.of(plain), Stream.of(host)).toArray(String[]::new)))
        .isZero();

    JsonNode with = JsonMapper.shared().readTree(out.toString()).get("policies").get(0);
    double onHost = with.get("host_block_hit_rate").asDouble();
    assertThat(onHost).isPositive();
    assertThat(with.get("device_block_hit_rate").asDouble() + onHost)
        .isCloseTo(with.get("block_hit_rate").asDouble(), within(1e-12));
    assertThat(with.get("ceiling_block_hit_rate")).isEqualTo(without.get("ceiling_block_hit_rate"));
    assertThat(with.get("pools").get(0).get("host_cache_blocks").asInt()).isEqualTo(5_000);
    assertThat(with.get("judgement").toString())
        .contains("on device, ")
        .contains("on host, 0.0 % on disk)");
    assertThat(without.has("host_block_hit_rate")).isFalse();
    assertThat(without.get("pools").get(0).has("host_cache_blocks")).isFalse();
  }

  @Test
  void refusesWrongHostMemory() {
    assertWrongHostMemory("--host-cache-blocks must be at least 0, was -1", "-1");
    assertWrongHostMemory("--host-fetch-ms-per-block is needed with --host-cache-blocks 5", "5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "disk"})
  void refusesTheFetchOfATierThatIsNotTold(String tier) {
    String flags =
        "--open-loop poisson=1 isl=1 osl=1 --engine dynamo-mocker --workers 1"
            + " --%s-fetch-ms-per-block 5".formatted(tier);

    assertThat(run(flags.split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString())
        .contains("--%s-fetch-ms-per-block 5.0 goes with --%s-cache-blocks".formatted(tier, tier));
  }

  private void assertWrongHostMemory(String complaint, String blocks) {
    String load = "--open-loop poisson=1 isl=1 osl=1 count=1";
    String engine = "--engine dynamo-mocker --workers 1 --host-cache-blocks " + blocks;
    assertThat(run((load + " " + engine).split(" ", -1))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(complaint);
  }

  @Test
  void aDeploymentFileStandsForFlags() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("d.yaml"),
            """
            engine: qwen3-32b-h20
            pools:
              prefill: {workers: 3}
              decode: {workers: 1}
            router:
              policies: [round_robin]
            """);
    String[] arguments = {
      "--deployment",
      file.toString(),
      "--closed-loop",
      "c=4",
      "isl=500",
      "osl=50",
      "--format",
      "json"
    };
    assertThat(run(arguments)).isZero();

    JsonNode run = JsonMapper.shared().readTree(out.toString()).get("runs").get(0);
    assertThat(run.get("policy").asString()).isEqualTo("round_robin");
    assertThat(run.get("requests").asInt()).isEqualTo(40);
  }

  @Test
  void requestsThatWaitAtTheRouterOrAreRefusedThereAreReported() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("limited.yaml"),
            """
            engine: dynamo-mocker
            pools: {aggregated: {workers: 1, slots: 4}}
            router: {limits: {max_batch_share: 1}, waiting: {max_requests: 6, max_wait_ms: 60000}}
            """);
    String load = " --closed-loop c=12 isl=500 osl=20 count=40 --policy kv --deployment " + file;
    assertThat(run((load + " --format json").strip().split(" ", -1))).isZero();
    JsonNode run = run();
    int refused = run.get("refused").asInt();
    assertThat(refused).isBetween(2, 30);
    assertThat(run.get("refused_share").asDouble()).isEqualTo(refused / 40.0);
    assertThat(run.get("judgement").toString()).contains("MORE THAN IS SERVED");
    assertThat(run.get("refused_by").get("queue_full").asInt()).isEqualTo(refused);
    assertThat(run.get("router_wait_ms").get("requests").asInt()).isPositive();
    assertThat(run.get("router_wait_ms").get("mean").asDouble()).isPositive();

    out.getBuffer().setLength(0);
    assertThat(run(load.strip().split(" ", -1))).isZero();
    assertThat(out.toString())
        .contains(
            "no room to wait at the router:", "Waited at the router:", "Mean wait there (ms)");
  }

  @Test
  void aLimitByFlagLeavesTheOtherLimitsOfTheFile() throws IOException {
    assertThat(run(besideFile(""))).isZero();
    assertThat(run().get("good_requests_per_s").asDouble()).isPositive();

    out.getBuffer().setLength(0);
    assertThat(run(besideFile(" --sla ttft=0.001"))).isZero();
    assertThat(run().get("good_requests_per_s").asDouble()).isZero();

    out.getBuffer().setLength(0);
    assertThat(run(besideFile(" --sla e2e=100000"))).isZero();
    assertThat(run().get("good_requests_per_s").asDouble()).isPositive();
  }

  private String[] besideFile(String flags) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("beside.yaml"),
            """
            engine: dynamo-mocker
            pools:
              aggregated: {workers: 2, ranks: 1, kv_blocks: 4096, slots: 8, reuse: false}
            sla: {ttft_ms: 100000}
            """);
    String all = "--closed-loop c=2 isl=500 osl=20 --format json --deployment " + file + flags;
    return all.split(" ", -1);
  }

  private JsonNode run() {
    return JsonMapper.shared().readTree(out.toString()).get("runs").get(0);
  }

  @Test
  void wrongLinesAreRefusedOrCounted() throws IOException {
    Path trace = trace();
    Files.writeString(trace, Files.readString(trace) + "{oops\n");
    String[] arguments = {trace.toString(), "--engine", "dynamo-mocker", "--workers", "2"};

    assertThat(run(arguments)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("trace.jsonl:301: not JSON");
    Path results = folder.resolve("results");
    assertThat(
            run(
                Stream.concat(Stream.of(arguments), Stream.of("--out", results.toString()))
                    .toArray(String[]::new)))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(results).isEmptyDirectory();

    assertThat(
            run(
                Stream.concat(Stream.of(arguments), Stream.of("--skip-bad-lines"))
                    .toArray(String[]::new)))
        .isZero();
    assertThat(out.toString()).contains("bad lines    1 left out");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --load=0.5                  | use --speedup, or --open-loop poisson=RATE
          --prefill-rate=9000         | use an --engine FILE with other step times
          --event-lag=5               | use --event-delay-ms
          --lost-events=0.1           | use event_loss in a --deployment
          --restarts=0.5              | use failures in a --deployment
          --slow-worker               | it needs a replay without --engine
          --routers=2                 | it needs a replay without --engine
          --sync-lag=never            | it needs a replay without --engine
          --approximate               | it needs a replay without --engine
          --approximate-ttl-seconds=9 | it needs a replay without --engine
          """)
  void aFlagOfPlainEnginesIsRefused(String flag, String instead) {
    String name = flag.replaceAll("=.*", "");

    assertRefused(
        name + " is not for engines whose steps are modelled: " + instead,
        "--closed-loop",
        "c=1",
        "isl=1",
        "osl=1",
        flag);
  }

  @Test
  void refusesWhatCannotBe() {
    assertRefused("--closed-loop needs c=", "--closed-loop", "isl=1", "osl=1");
    assertRefused(
        "--skip-bad-lines is for the lines of a TRACE, and there is none",
        "--closed-loop",
        "c=1",
        "isl=1",
        "osl=1",
        "--skip-bad-lines");
    assertRefused(
        "--measured-table T needs --measured",
        "--closed-loop",
        "c=1",
        "isl=1",
        "osl=1",
        "--measured-table=T");
    assertRefused(
        "--closed-loop takes neither TRACE nor --open-loop",
        "--closed-loop",
        "c=1",
        "isl=1",
        "osl=1",
        "--open-loop",
        "poisson=1");
    assertRefused(
        "--closed-loop count must come to at most 2147483647, was '99999x', that is 9999900000",
        "--closed-loop",
        "c=100000",
        "isl=1",
        "osl=1",
        "count=99999x");
    assertRefused(
        "--speedup 2.0 is for the timestamps of a TRACE: --closed-loop sends when an answer comes",
        "--closed-loop",
        "c=1",
        "isl=1",
        "osl=1",
        "--speedup=2");
    assertRefused(
        "--follow-sessions is for the timestamps of a TRACE: --open-loop says when requests",
        "--open-loop",
        "poisson=1",
        "isl=1",
        "osl=1",
        "--follow-sessions");
    assertRefused(
        "--closed-loop c must be a whole number", "--closed-loop", "c=x", "isl=1", "osl=1");
    assertRefused("--closed-loop takes c=, isl=", "--closed-loop", "c=1", "input=1");
    assertRefused("--closed-loop isl must be", "--closed-loop", "c=1", "isl=0", "osl=1");
    assertThat(run("--closed-loop", "c=1", "isl=1", "osl=1", "--engine", "none", "--workers", "1"))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--engine 'none' is neither a file nor one of");
    assertThat(
            run(
                "--closed-loop",
                "c=1",
                "isl=1",
                "osl=1",
                "--engine",
                "deepseek-r1-h20",
                "--workers",
                "1"))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("deepseek-r1-h20 is not calibrated for aggregated workers");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--closed-loop c=x isl=1 osl=1|--closed-loop c must be a whole number, was 'x'",
        "--closed-loop c=1 isl=1|--closed-loop needs osl=",
        "--closed-loop c=1 isl=1 osl=1 warmup=y|--closed-loop warmup must be a whole number, was",
        "--open-loop poisson=x isl=1 osl=1|--open-loop poisson must be a number above 0, was 'x'",
        "--open-loop poisson=1 osl=1|--open-loop needs isl=",
        "--open-loop poisson=1 isl=1 osl=1 count=0|--open-loop count must be a whole number from 1",
        "t.jsonl --open-loop poisson=1 isl=1|--open-loop isl= is for requests that it makes",
      })
  void aWrongLoadIsNamedThoughTheFleetIsNotTold(String load, String complaint) {
    for (String engine : List.of("", " --engine dynamo-mocker")) {
      assertThat(run((load + engine).split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
      assertThat(err.toString()).startsWith(complaint);
      err.getBuffer().setLength(0);
    }
  }

  private void assertRefused(String complaint, String... arguments) {
    String[] all = Stream.concat(Stream.of(arguments), QWEN.stream()).toArray(String[]::new);
    assertThat(run(all)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(complaint);
  }

  private int closedLoop(String... loop) {
    Stream<String> flags =
        Stream.of(List.of("--closed-loop"), List.of(loop), QWEN, List.of("--format", "json"))
            .flatMap(List::stream);
    return run(flags.toArray(String[]::new));
  }

  private Path trace() {
    Path trace = folder.resolve("trace.jsonl");
    assertThat(run("--synthesize", "--requests", "300", "--out", trace.toString())).isZero();
    return trace;
  }

  private int run(String... args) {
    return new CommandLine(new ReplayCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
