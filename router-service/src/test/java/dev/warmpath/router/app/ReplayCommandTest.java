package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.replay.load.WholeTrace;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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

final class ReplayCommandTest {
  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String trace = "";

  @BeforeEach
  void makeTrace() {
    trace = folder.resolve("trace.jsonl").toString();
    assertThat(run("--synthesize", "--requests", "400", "--out", trace)).isZero();
  }

  @Test
  void printsOneJsonObjectWithRatesFromZeroToOne() {
    assertThat(run(trace, "--format", "json", "--policy", "kv,random")).isZero();

    JsonNode report = JsonMapper.shared().readTree(out.toString());
    assertThat(report.propertyNames()).containsExactly("trace", "ceilings", "policies");
    assertThat(report.get("trace").propertyNames())
        .containsExactly("requests", "blocks", "distinct_blocks");
    assertThat(report.get("ceilings").propertyNames()).containsExactly("endless", "pooled_lru");
    JsonNode kv = report.get("policies").get(0);
    assertThat(kv.propertyNames())
        .containsExactly(
            "policy", "block_hit_rate", "token_hit_rate", "ttft_ms", "busiest_over_mean");
    assertThat(kv.get("ttft_ms").propertyNames()).containsExactly("mean", "p50", "p90", "p99");
    assertThat(kv.get("block_hit_rate").doubleValue()).isBetween(0.0, 1.0);
    assertThat(report.get("policies").get(1).get("policy").stringValue()).isEqualTo("random");
  }

  @Test
  void countsBadLinesWhenAskedTo() throws IOException {
    Path file = Path.of(trace);
    Files.writeString(file, Files.readString(file) + "not JSON\n");

    assertThat(run(trace, "--policy", "kv")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(run(trace, "--policy", "kv", "--skip-bad-lines")).isZero();
    assertThat(out.toString()).contains("bad lines 1 left out");
    assertThat(run(trace, "--policy", "kv", "--skip-bad-lines", "--format", "json")).isZero();
    assertThat(out.toString()).contains("\"bad_lines\" : 1");
  }

  @Test
  void printsATableWithOneRowAPolicy() {
    assertThat(run(trace, "--policy", "kv,round_robin")).isZero();

    assertThat(out.toString().lines().toList())
        .anyMatch(line -> line.startsWith("ceilings "))
        .anyMatch(line -> line.startsWith("kv "))
        .anyMatch(line -> line.startsWith("round_robin "));
  }

  @Test
  void printsTheSameBytesTwice() {
    run(trace, "--format", "json");
    String first = out.toString();
    out.getBuffer().setLength(0);
    run(trace, "--format", "json");

    assertThat(out.toString()).isEqualTo(first);
  }

  @Test
  void writesTheReportIntoAFolder() throws IOException {
    Path reports = folder.resolve("a").resolve("b");
    assertThat(run(trace, "--format", "json", "--out", reports.toString())).isZero();

    assertThat(Files.readString(reports.resolve("report.json"))).isEqualTo(out.toString());
  }

  @Test
  void leavesNothingOfAnotherRunInTheFolder() throws IOException {
    Path reports = folder.resolve("out");
    assertThat(
            run(trace, "--engine", "dynamo-mocker", "--workers", "2", "--out", reports.toString()))
        .isZero();
    Files.writeString(reports.resolve("notes.txt"), "mine");
    assertThat(reports.resolve("requests.jsonl")).exists();
    assertThat(reports.resolve("ttft.svg")).exists();

    assertThat(run(trace, "--out", reports.toString())).isZero();

    try (Stream<Path> left = Files.list(reports)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("report.json", "notes.txt");
    }
  }

  @Test
  void printsAMadeTraceThatCanBeRead() throws IOException {
    assertThat(run("--synthesize", "--requests", "50", "--arrivals", "bursty")).isZero();
    Path file = Files.writeString(folder.resolve("printed.jsonl"), out.toString());

    assertThat(WholeTrace.read(List.of(file), 512, false).trace().requests()).hasSize(50);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--workers 0|--workers must be at least 1, was 0",
        "--ranks 2000|--ranks must be at most 1024, was 2000",
        "--workers 4096 --ranks 2|--workers times --ranks must be at most 4096, was 8192",
        "--blocks 0|--blocks must be at least 1, was 0",
        "--block-size 0|--block-size must be at least 1, was 0",
        "--prefill-rate 0|--prefill-rate must be above 0.0, was 0.0",
        "--policy kv,best|--policy 'best' is unknown: choose from kv, round_robin, random",
        "nowhere.jsonl|TRACE nowhere.jsonl is not a file that can be read",
        "--requests 5|Missing required argument(s): --synthesize",
        "--synthesize|--synthesize reads no trace, but TRACE is",
        "--format xml|Invalid value for option '--format': 'xml' is not table or json",
        "--blocks abc|Invalid value for option '--blocks': 'abc' is neither a whole number up to"
            + " 2147483647 nor endless",
        "--load 1e400|--load must be finite, was Infinity",
        "--event-lag 9999999999999999|--event-lag must be at most 864000000000, was 99999",
        "--sync-lag 9999999999999999|--sync-lag must be at most 864000000000, was 999999",
        "--policy direct|--policy 'direct' is for requests that pin a target, which those of a",
        "--synthesize --arrivals x|Invalid value for option '--arrivals': 'x' is not poisson or",
      })
  void refusesWrongUsageInOneSentenceThatNamesTheFlag(String flags, String complaint) {
    assertThat(run((trace + " " + flags).split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);

    assertThat(err.toString()).contains(complaint);
  }

  @Test
  void refusesImpossibleSynthesis() {
    assertThat(run("--synthesize", "--turns", "0.5")).isEqualTo(CommandLine.ExitCode.USAGE);

    assertThat(err.toString()).contains("--turns must be at least 1.0, was 0.5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--policy kv", "--format json", "--engine none", "--restarts 0.5"})
  void aTraceThatIsMadeTakesNoFlagsOfARun(String flag) {
    assertThat(run(("--synthesize --requests 5 --seed 2 " + flag).split(" ")))
        .isEqualTo(CommandLine.ExitCode.USAGE);

    assertThat(err.toString()).contains(flag + " is not for --synthesize, which makes a trace");
  }

  @Test
  void asksForATrace() {
    assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);

    assertThat(err.toString()).contains("TRACE is missing");
  }

  @Test
  void refusesABadTraceNamingFileLineFieldAndValue() throws IOException {
    Path bad = Files.writeString(folder.resolve("bad.jsonl"), "{\"timestamp\": \"soon\"}\n");

    assertThat(run(bad.toString())).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("bad.jsonl:1: timestamp must be a whole number, was soon");
  }

  @ParameterizedTest
  @CsvSource({"''", "--engine dynamo-mocker --workers 1"})
  void refusesAGzipFileThatIsCutInItsHeader(String engine) throws IOException {
    Path cut = Files.write(folder.resolve("cut.jsonl.gz"), new byte[] {0x1f, (byte) 0x8b, 8});

    assertThat(run((cut + " " + engine).strip().split(" "))).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(cut + ": the gzip file ends within its header");
  }

  @Test
  void failsNamingTheFlagWhenNothingCanBeWritten() {
    Path impossible = Path.of(trace).resolve("below-a-file");

    assertThat(run("--synthesize", "--out", impossible.toString()))
        .isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(err.toString())
        .contains("--out " + impossible + " cannot be written: Not a directory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--engine dynamo-mocker --workers 1"})
  void aFolderThatCannotBeIsFoundOutBeforeTheRun(String engine) {
    String folderInAFile = trace + "/results";

    assertThat(run((trace + " --out " + folderInAFile + " " + engine).strip().split(" ")))
        .isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString())
        .contains("--out " + folderInAFile + " cannot be written: Not a directory");
  }

  @Test
  void helpListsThePoliciesThatAnUnknownOneIsToldOf() {
    assertThat(run(trace, "--policy", "best")).isEqualTo(CommandLine.ExitCode.USAGE);
    String told = err.toString().lines().findFirst().orElse("").replaceFirst(".*choose from ", "");

    assertThat(told.split(", ")).hasSizeGreaterThan(8).doesNotContain("direct");
    assertThat(run("--help")).isZero();
    String help = out.toString().replaceAll("\\s+", " ").replace("; and of other routers ", ", ");
    assertThat(help).contains("Policies to compare: " + told + ".");
  }

  private int run(String... args) {
    return new CommandLine(new ReplayCommand())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
