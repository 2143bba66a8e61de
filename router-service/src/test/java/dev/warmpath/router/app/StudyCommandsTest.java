package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code replay capacity}, {@code sensitivity} and {@code sweep}, from flags to output. */
final class StudyCommandsTest {
  private static final String ENGINE = "--engine dynamo-mocker";

  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String trace = "";

  @BeforeEach
  void makeTrace() {
    trace = folder.resolve("trace.jsonl").toString();
    assertThat(run("--synthesize --requests 200 --out " + trace)).isZero();
  }

  @Test
  void capacityIsALoadThatHoldsBesideOneThatDoesNot() {
    assertThat(capacity("--policy round_robin,kv --format json")).isZero();

    JsonNode report = json();
    assertThat(report.get("sla").get("ttft_mean_ms").asDouble()).isEqualTo(1_000);
    JsonNode first = report.get("policies").get(0);
    double load = first.get("load").asDouble();
    assertThat(first.get("policy").asString()).isEqualTo("round_robin");
    assertThat(first.get("fails_at").asDouble()).isBetween(load, load * 1.1);
    assertThat(meanTtft(load)).isEqualTo(first.get("ttft_mean_ms").asDouble());
    assertThat(first.get("ttft_mean_ms").asDouble()).isLessThanOrEqualTo(1_000);
    assertThat(meanTtft(first.get("fails_at").asDouble())).isGreaterThan(1_000);
    assertThat(first.get("fails_by").toString()).contains("ttft_mean");
    assertThat(first.get("gpus_saved").asDouble()).isZero();
    JsonNode kv = report.get("policies").get(1);
    double ratio = kv.get("load").asDouble() / load;
    assertThat(kv.get("gpus_at_first_load").asDouble())
        .isCloseTo(report.get("gpus").asInt() / ratio, within(1e-9));
  }

  @Test
  void capacityNamesTheBoundThatItRanInto() {
    assertThat(capacity("--policy kv --load-from 0.0001 --load-to 0.0002")).isZero();
    assertThat(out.toString()).contains("at least 2.0E-4");
    assertThat(run("capacity --sla ttft_p99=0.001ms " + trace + " --workers 2 " + ENGINE)).isZero();
    assertThat(out.toString()).contains("below 0.125");
  }

  @Test
  void capacitySaysWhyTheLowestLoadFails() throws IOException {
    Path limited = folder.resolve("limited.yaml");
    Files.writeString(
        limited,
        """
        engine: dynamo-mocker
        pools: {aggregated: {workers: 1}}
        router: {policies: [kv], limits: {max_batch_share: 0.001}}
        """);
    assertThat(run("capacity --sla ttft_p99=9s " + trace + " --deployment " + limited)).isZero();
    assertThat(out.toString()).containsPattern("below 0.125 +0.13 +refused [0-9.]+ %");
  }

  @Test
  void capacityOfMadeRequestsScalesTheirRate() {
    assertThat(
            run(
                "capacity --sla ttft_mean=1s --workers 1 --policy kv --tolerance 0.1 --format json "
                    + ENGINE
                    + " --open-loop constant=1 isl=4000 osl=10 count=100"))
        .isZero();

    JsonNode kv = json().get("policies").get(0);
    assertThat(kv.get("requests_per_s").asDouble())
        .isCloseTo(kv.get("load").asDouble(), within(0.2 * kv.get("load").asDouble()));
  }

  @Test
  void sensitivityHasThePlainRunInItsMiddle() {
    assertThat(run("sensitivity " + trace + " --workers 2 --policy kv --format json " + ENGINE))
        .isZero();

    JsonNode report = json();
    assertThat(report.get("step_time_percent").valueStream().map(JsonNode::asDouble))
        .containsExactly(-6.0, -3.0, 0.0, 3.0, 6.0);
    JsonNode metrics = report.get("policies").get(0).get("metrics");
    List<Double> ttft =
        metrics.get("ttft_mean_ms").get("values").valueStream().map(JsonNode::asDouble).toList();
    assertThat(ttft).isSorted();
    assertThat(ttft.getFirst()).isLessThan(ttft.getLast());
    assertThat(metrics.get("ttft_mean_ms").get("lowest").asDouble()).isEqualTo(ttft.getFirst());
    assertThat(ttft.get(2)).isEqualTo(meanTtft(1));
  }

  @Test
  void sensitivityOfAnIdleEngineIsTheChangeOfItsSteps() {
    assertThat(
            run(
                "sensitivity --workers 1 --policy kv --step-time 10 --format json "
                    + ENGINE
                    + " --open-loop constant=0.001 isl=4000 osl=10 count=10"))
        .isZero();

    JsonNode values = json().get("policies").get(0).get("metrics").get("e2e_mean_ms").get("values");
    double base = values.get(1).asDouble();
    assertThat(values.get(0).asDouble()).isCloseTo(0.9 * base, within(1e-4 * base));
    assertThat(values.get(2).asDouble()).isCloseTo(1.1 * base, within(1e-4 * base));
  }

  @Test
  void sensitivityOfAClosedLoopHasTheReplayOfItInItsMiddle() {
    String loop = " --workers 1 --format json " + ENGINE + " --closed-loop c=8 isl=4000 osl=20";
    assertThat(run("sensitivity --policy kv" + loop)).isZero();
    JsonNode values = json().get("policies").get(0).get("metrics").get("e2e_mean_ms").get("values");
    assertThat(run("--policy kv" + loop)).isZero();

    double base = json().get("runs").get(0).get("e2e_ms").get("mean").asDouble();
    assertThat(values.get(2).asDouble()).isEqualTo(base);
    assertThat(values.get(0).asDouble()).isLessThan(0.97 * base);
    assertThat(values.get(4).asDouble()).isGreaterThan(1.03 * base);
  }

  @Test
  void aSweepOfAClosedLoopNamesTheCheapest() {
    assertThat(
            run(
                "sweep --vary workers=1,2,4 --sla ttft_mean=700ms --format json "
                    + ENGINE
                    + " --closed-loop c=8 isl=4000 osl=20"))
        .isZero();

    assertThat(json().get("variants").size()).isEqualTo(3);
    assertThat(json().get("cheapest").get("ttft_mean_ms").asDouble()).isLessThanOrEqualTo(700);
  }

  @Test
  void capacityOfAClosedLoopIsANumberOfClientsThatHoldsBesideOneThatDoesNot() {
    String flags = " --workers 1 --format json --policy kv " + ENGINE;
    String lengths = " isl=4000 osl=20";
    assertThat(run("capacity --sla ttft_p99=500ms" + flags + " --closed-loop c=1,40" + lengths))
        .isZero();
    JsonNode found = json().get("policies").get(0);
    int held = found.get("load").asInt();
    assertThat(found.get("fails_at").asInt()).isEqualTo(held + 1);

    assertThat(run(flags.strip() + " --closed-loop c=%d,%d".formatted(held, held + 1) + lengths))
        .isZero();
    JsonNode runs = json().get("runs");
    assertThat(runs.get(0).get("ttft_ms").get("p99").asDouble())
        .isEqualTo(found.get("ttft_p99_ms").asDouble())
        .isLessThanOrEqualTo(500);
    assertThat(runs.get(1).get("ttft_ms").get("p99").asDouble()).isGreaterThan(500);
  }

  @Test
  void sensitivityPrintsARowAMetric() {
    assertThat(run("sensitivity " + trace + " --workers 2 --policy kv " + ENGINE)).isZero();

    assertThat(out.toString())
        .containsPattern("metric +unit +-6 % +-3 % +0 % +\\+3 % +\\+6 % +lowest +highest")
        .containsPattern("(?m)^ttft_p99 +ms ");
  }

  @Test
  void aSweepPlaysEveryCombinationAndNamesTheCheapestThatMeetsTheSla() {
    assertThat(
            run(
                "sweep "
                    + trace
                    + " --vary workers=8,2,4 --vary router=kv,round_robin --sla ttft_mean=1000s"
                    + " --speedup 0.01 --format json "
                    + ENGINE))
        .isZero();

    JsonNode report = json();
    assertThat(
            report
                .get("variants")
                .valueStream()
                .map(line -> line.get("router").asString() + line.get("workers").asString()))
        .containsExactly("kv8", "kv2", "kv4", "round_robin8", "round_robin2", "round_robin4");
    assertThat(report.get("cheapest").get("workers").asString()).isEqualTo("2");
  }

  @Test
  void aSweepSaysWhenNothingMeetsTheSla() {
    assertThat(run("sweep " + trace + " --vary workers=1,2 --sla ttft_p99=0.01ms " + ENGINE))
        .isZero();

    assertThat(out.toString()).contains("none meets the SLA").contains("fails ttft_p99");
  }

  @Test
  void namesWithoutValuesTakeHalfAsSetAndTwice() {
    assertThat(run("sweep " + trace + " --vary reuse,workers --workers 4 --format json " + ENGINE))
        .isZero();

    assertThat(
            json()
                .get("variants")
                .valueStream()
                .map(line -> line.get("reuse").asString() + line.get("workers").asString()))
        .containsExactly("on2", "on4", "on8", "off2", "off4", "off8");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "capacity --sla ttft_mean=1s --tolerance 0.1 --policy kv,random",
        "sensitivity --policy kv,random",
        "sweep --vary router,slots"
      })
  void printsTheSameBytesTwice(String command) {
    String flags = command + " --workers 2 --format json " + ENGINE + " " + trace;
    assertThat(run(flags)).isZero();
    String first = out.toString();
    assertThat(run(flags)).isZero();

    assertThat(out.toString()).isEqualTo(first);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "capacity --workers 2|Missing required option: '--sla",
        "capacity --workers 2 --sla speed=1|--sla 'speed' is no latency",
        "capacity --workers 2 --sla ttft_p99=fast|--sla ttft_p99 must be a time above 0",
        "capacity --workers 2 --sla ttft_p99=1,ttft_p99=2|--sla ttft_p99 is given twice",
        "capacity --workers 2 --sla ttft_p99=1 --load-to 0.1|--load-to must be above 0.125",
        "capacity --workers 2 --sla ttft_p99=1 --tolerance 0|--tolerance must be at least 1.0E-4",
        "capacity --workers 2 --sla ttft_p99=1 --policy best|--policy 'best' is unknown",
        "capacity --sla ttft_p99=1|--workers, or --prefill-workers and --decode-workers",
        "sensitivity --workers 2 --step-time 100|--step-time must be above 0 and below 100",
        "sensitivity --workers 2 --closed-loop c=1|--closed-loop needs osl=",
        "sensitivity --workers 2 --closed-loop c=1,2 isl=9 osl=9|--closed-loop c must be one"
            + " number",
        "capacity --sla e2e_p99=1 --workers 2 --load-from 0.5 --closed-loop c=1,2 isl=9 osl=9"
            + "|--load-from 0.5 is for multiples of a load: with --closed-loop, c names",
        "capacity --sla e2e_p99=1 --workers 2 --load-to 8 --closed-loop c=1,2 isl=9 osl=9"
            + "|--load-to 8 is for multiples of a load",
        "capacity --sla e2e_p99=1 --workers 2 --tolerance 0.1 --closed-loop c=1,2 isl=9 osl=9"
            + "|--tolerance 0.1 is for multiples of a load",
        "capacity --sla e2e_p99=1 --workers 2 --skip-bad-lines --closed-loop c=1,2 isl=9 osl=9"
            + "|--skip-bad-lines is for the lines of a TRACE, and there is none",
        "capacity --sla e2e_p99=1 --closed-loop c=x isl=9 osl=9|--closed-loop c must be a whole",
        "capacity --sla e2e_p99=1 --workers 2 --closed-loop c=2 isl=9 osl=9|must name the lowest"
            + " and",
        "sensitivity --workers 2 --measured file|--measured goes with --closed-loop",
        "sweep --vary size=1|--vary 'size' cannot be varied: choose from router, reuse",
        "sweep --workers 2 --vary reuse=maybe|--vary: reuse must be on or off, was 'maybe'",
        "sweep --workers 2 --vary slots=0|--vary: slots must be a whole number from 1, was '0'",
        "sweep --workers 2 --vary prefill_workers=2|--workers",
        "sweep --workers 2 --vary workers=2 --vary workers|--vary has workers twice",
        "sweep --workers 2 --vary router=best|--vary: --policy 'best' is unknown",
        "sweep --workers 2 --vary workers=2,4|--workers is varied by --vary workers: give one",
        "sweep --workers 2 --vary slots=2,4 --slots 8|--slots is varied by --vary slots",
        "sweep --workers 2 --vary router --policy kv|--policy is varied by --vary router",
        "capacity --workers 2 --sla e2e_p99=1 --open-loop poisson=1 --speedup 2|--speedup 2.0 is"
            + " for the timestamps of a TRACE",
        "capacity --workers 2 --sla e2e_p99=1 --open-loop poisson=1 --follow-sessions"
            + "|--follow-sessions is for the timestamps of a TRACE",
      })
  void refusesWrongUsageInOneSentenceThatNamesTheFlag(String flags, String complaint) {
    assertThat(run(flags + " " + ENGINE + (flags.contains("closed") ? "" : " " + trace)))
        .isEqualTo(CommandLine.ExitCode.USAGE);

    assertThat(err.toString()).contains(complaint);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void refusesTooManyVariants() {
    String many =
        String.join(",", Stream.iterate(1, n -> n + 1).limit(32).map(n -> "" + n).toList());

    assertThat(
            run(
                "sweep "
                    + trace
                    + " --vary workers="
                    + many
                    + " --vary slots="
                    + many
                    + " "
                    + ENGINE))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("at most 1000 variants, was asked for 1024");
  }

  @Test
  void aFlagThatADeploymentFileMustSayItselfIsWrongUsage() throws IOException {
    Path file = folder.resolve("fleet.yaml");
    Files.writeString(file, "engine: dynamo-mocker\npools: {aggregated: {workers: 2}}\n");
    String beside = " --workers 3 --deployment " + file + " " + trace;
    for (String command :
        List.of("capacity --sla ttft_mean=1s", "sensitivity", "sweep --vary slots=4")) {
      assertThat(run(command + beside)).as(command).isEqualTo(CommandLine.ExitCode.USAGE);
      assertThat(err.toString())
          .as(command)
          .contains("--workers cannot be given with --deployment: set pools.aggregated.workers");
    }
  }

  private int capacity(String flags) {
    return run(
        "capacity --sla ttft_mean=1s,tpot_p99=10s --tolerance 0.1 "
            + trace
            + " --workers 2 "
            + ENGINE
            + " "
            + flags);
  }

  private double meanTtft(double speedup) {
    String policy = json().get("policies").get(0).get("policy").asString();
    assertThat(
            run(
                "%s --workers 2 %s --policy %s --format json --speedup %s"
                    .formatted(trace, ENGINE, policy, speedup)))
        .isZero();
    return json().get("policies").get(0).get("ttft_ms").get("mean").asDouble();
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out.toString());
  }

  private int run(String flags) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(
            Stream.concat(Stream.of("replay"), Arrays.stream(flags.split(" ")))
                .toArray(String[]::new));
  }
}
