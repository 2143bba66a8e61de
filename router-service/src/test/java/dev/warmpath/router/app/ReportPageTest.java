package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.app.Chromium.Rendered;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page and the charts that {@code replay --out} writes, as a browser shows them. */
final class ReportPageTest {
  private static final long MAX_PAGE_BYTES = 1_500_000;

  private static final List<String> OF_EVERY_RUN =
      List.of("ttft", "tpot", "e2e", "causes", "backlog", "waiting", "prefill", "decode");

  private static final String MEASURED =
      """
      {"tables": [{"config": {"id": "bench"}, "isl": 1000, "osl": 20, "rows": [
        {"concurrency": 1, "req_s": 1.0, "ttft_mean_ms": 300, "ttft_p99_ms": 400, "tpot_mean_ms": 21},
        {"concurrency": 4, "req_s": 3.0, "ttft_mean_ms": 400, "ttft_p99_ms": 900, "tpot_mean_ms": 22}
      ]}]}
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void showsClosedLoopsBesideWhatWasMeasured() throws Exception {
    Chromium chromium = Chromium.orSkip(folder);
    Path measured = Files.writeString(folder.resolve("measured.json"), MEASURED);
    closedLoop("out", "--measured", measured.toString());

    Rendered page = chromium.render(folder.resolve("out").resolve("report.html"));

    assertIsWhole(page);
    assertThat(OF_EVERY_RUN).allSatisfy(id -> assertThat(points(page, id)).as(id).isPositive());
    // Two runs and two measured rows; and a mark of each run's P99 where one was measured.
    assertThat(points(page, "throughput-ttft")).isEqualTo(4);
    assertThat(points(page, "throughput-tpot")).isEqualTo(4);
    assertThat(points(page, "ttft")).isEqualTo(points(page, "tpot") + 2);
    assertThat(points(page, "prefixes")).isZero();
    assertThat(page.document())
        .contains("no two prompts begin with the same blocks")
        .contains("bottleneck: ")
        .contains("Measured: bench.")
        .contains("kv c=4");
  }

  @Test
  void showsWhereEachPolicySentEachPrefixOfATrace() throws Exception {
    Chromium chromium = Chromium.orSkip(folder);
    String trace = folder.resolve("<b>trace.jsonl").toString();
    replay("--synthesize", "--requests", "400", "--out", trace);
    replay(
        trace,
        "--engine",
        "qwen3-32b-h20",
        "--workers",
        "4",
        "--policy",
        "kv,round_robin",
        "--out",
        folder.resolve("out").toString());

    Rendered page = chromium.render(folder.resolve("out").resolve("report.html"));

    assertIsWhole(page);
    assertThat(OF_EVERY_RUN).allSatisfy(id -> assertThat(points(page, id)).as(id).isPositive());
    assertThat(points(page, "hits")).isPositive();
    assertThat(points(page, "prefixes")).isPositive();
    assertThat(points(page, "throughput-ttft")).isZero();
    assertThat(page.document()).contains("only closed loops have it").doesNotContain("<b>trace");
  }

  @Test
  void sharesOfAPrefixOverTheRanksAddUpToAllOfItsRequests() throws IOException {
    String trace = folder.resolve("trace.jsonl").toString();
    replay("--synthesize", "--requests", "400", "--out", trace);
    replay(
        trace,
        "--engine",
        "qwen3-32b-h20",
        "--workers",
        "4",
        "--policy",
        "kv,round_robin",
        "--out",
        folder.resolve("out").toString());
    String page = Files.readString(folder.resolve("out").resolve("report.html"));
    Matcher data = Pattern.compile("id=\"data\">(.*)</script>").matcher(page);
    assertThat(data.find()).isTrue();

    JsonNode charts = JsonMapper.shared().readTree(data.group(1)).get("charts");

    JsonNode kv = charts.get(0).get("prefixes");
    JsonNode roundRobin = charts.get(1).get("prefixes");
    assertThat(kv.get("rows")).isNotEmpty().isEqualTo(roundRobin.get("rows"));
    assertThat(kv.get("values")).isNotEqualTo(roundRobin.get("values"));
    for (JsonNode prefix : kv.get("values")) {
      double sum = 0;
      for (JsonNode share : prefix) {
        sum += share.doubleValue();
      }
      assertThat(sum).isCloseTo(1, within(0.001));
    }
  }

  @Test
  void countsTheErrorsOfAPage() throws Exception {
    Chromium chromium = Chromium.orSkip(folder);
    closedLoop("out");
    Path report = folder.resolve("out").resolve("report.html");
    Path broken = folder.resolve("broken.html");
    Files.writeString(broken, Files.readString(report).replace("const runs = ", "const others = "));

    Rendered page = chromium.render(broken);

    assertThat(page.document()).contains("data-errors=\"1\"").doesNotContain("data-ready");
    assertThat(page.log()).contains("CONSOLE");
  }

  @Test
  void writesTheSameBytesTwiceAndNoMoreThanAPageMayHave() throws IOException {
    closedLoop("a");
    closedLoop("b");

    assertThat(files("a")).hasSizeGreaterThan(5).isEqualTo(files("b"));
    for (String name : files("a")) {
      Path file = folder.resolve("a").resolve(name);
      String text = Files.readString(file);
      String other = Files.readString(folder.resolve("b").resolve(name));
      assertThat(text.replace(folder.resolve("a").toString(), ""))
          .as(name)
          .isEqualTo(other.replace(folder.resolve("b").toString(), ""));
      assertThat(Files.size(file)).as(name).isLessThan(MAX_PAGE_BYTES);
    }
  }

  @Test
  void writesTheMainChartsAsSvg() throws Exception {
    closedLoop("out");

    assertThat(files("out"))
        .contains("ttft.svg", "tpot.svg", "e2e.svg", "causes.svg", "backlog.svg")
        .contains("throughput-ttft.svg", "throughput-tpot.svg")
        .doesNotContain("hit-rate.svg");
    for (String name : files("out")) {
      if (name.endsWith(".svg")) {
        byte[] svg = Files.readAllBytes(folder.resolve("out").resolve(name));
        var root =
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg))
                .getDocumentElement();
        assertThat(root.getTagName()).isEqualTo("svg");
        assertThat(root.getElementsByTagName("text").getLength()).as(name).isGreaterThan(8);
        assertThat(new String(svg, StandardCharsets.UTF_8)).doesNotContain("NaN");
      }
    }
  }

  private static void assertIsWhole(Rendered page) {
    assertThat(page.document()).contains("data-errors=\"0\"").contains("data-ready=\"yes\"");
    assertThat(page.log()).doesNotContain("CONSOLE");
  }

  private static int points(Rendered page, String id) {
    Matcher tag =
        Pattern.compile("<div[^>]* id=\"%s\"[^>]* data-points=\"(\\d+)\"".formatted(id))
            .matcher(page.document());
    assertThat(tag.find()).as("chart " + id).isTrue();
    return Integer.parseInt(tag.group(1));
  }

  private List<String> files(String out) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve(out))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private void closedLoop(String out, String... more) {
    List<String> common =
        List.of(
            "--engine",
            "qwen3-32b-h20",
            "--workers",
            "2",
            "--out",
            folder.resolve(out).toString(),
            "--closed-loop",
            "c=1,4",
            "isl=1000",
            "osl=20",
            "count=5x");
    replay(Stream.concat(Stream.of(more), common.stream()).toArray(String[]::new));
  }

  private static void replay(String... arguments) {
    StringWriter complaints = new StringWriter();
    int exit =
        new CommandLine(new ReplayCommand())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(complaints, true))
            .execute(arguments);
    assertThat(exit).as(complaints.toString()).isZero();
  }
}
