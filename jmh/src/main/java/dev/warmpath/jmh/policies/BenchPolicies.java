package dev.warmpath.jmh.policies;

import dev.warmpath.router.replay.PolicyReplay;
import dev.warmpath.router.replay.ReplayFaults;
import dev.warmpath.router.replay.ReplayOptions;
import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceSynthesizer;
import dev.warmpath.router.replay.load.WholeTrace;
import dev.warmpath.router.replay.rivals.Rivals;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * {@code make bench-policies}: every policy over every trace, fleet size, cache size and load, and
 * with faults; writes the table into docs/benchmarks.md and all rows to
 * target/results/bench-policies.json. Exact: the same commit gives the same figures.
 *
 * <p>Environment: TRACES (folder), TRACES_ONLY, WORKERS, BLOCKS, LOADS, POLICIES (lists with
 * commas), FAULTS=no to leave the faults out, PAGE=no to leave the page as it is.
 */
public final class BenchPolicies {
  private static final int BLOCK_SIZE = 512;
  private static final String EXEMPLAR = "exemplar_10000_reconstruction";
  private static final Map<String, String> FILES = new LinkedHashMap<>();

  static {
    FILES.put("conversation", "mooncake_fast25_conversation.jsonl.gz");
    FILES.put("synthetic", "mooncake_fast25_synthetic.jsonl.gz");
    FILES.put(EXEMPLAR, "exemplar_10000_reconstruction.jsonl.gz");
    FILES.put("agentic", "agentic_coding_220_sessions.jsonl.gz");
  }

  private BenchPolicies() {}

  /** Takes no arguments. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, Trace> traces = traces();
    List<Setting> settings = settings(traces.keySet().stream().toList());
    List<String> policies =
        list(
            "POLICIES",
            "kv,round_robin,least_loaded,dynamo,sglang_cache_aware,llm_d,preble,lmetric");
    Report report = new Report(rows(traces, settings, policies));
    report.writeJson(Path.of("target", "results", "bench-policies.json"));
    if (!variable("PAGE", "yes").equals("no")) {
      report.writePage(Path.of("docs", "benchmarks.md"));
    }
  }

  private static Map<String, Trace> traces() throws IOException {
    Path folder = Path.of(variable("TRACES", "../shared/traces"));
    Map<String, Trace> traces = new LinkedHashMap<>();
    for (String name : list("TRACES_ONLY", String.join(",", FILES.keySet()))) {
      Path file = folder.resolve(FILES.getOrDefault(name, name));
      if (Files.isReadable(file)) {
        traces.put(name, WholeTrace.read(List.of(file), BLOCK_SIZE, false).trace());
      } else {
        say("no trace " + file + ": left out");
      }
    }
    if (traces.isEmpty()) {
      say("no trace at all: a synthesized one");
      traces.put("synthesized", synthesized());
    }
    return traces;
  }

  private static Trace synthesized() throws IOException {
    Path file = Files.createTempFile("synthesized", ".jsonl");
    try (PrintWriter lines = new PrintWriter(Files.newBufferedWriter(file))) {
      TraceSynthesizer.synthesize(
          new SynthesisOptions(10_000, BLOCK_SIZE, Arrivals.POISSON, 3.4, 200, 1, 300, 3, 1),
          made -> lines.print(made.toLine() + "\n"));
    }
    Trace trace = WholeTrace.read(List.of(file), BLOCK_SIZE, false).trace();
    Files.delete(file);
    return trace;
  }

  private static List<Setting> settings(List<String> traces) {
    List<Setting> settings = new ArrayList<>();
    String faults = variable("FAULTS", "yes");
    for (String trace : faults.equals("only") ? List.<String>of() : traces) {
      for (String load : list("LOADS", "0.9,1.2,1.4")) {
        for (String workers : list("WORKERS", "4,8,16,32,64")) {
          for (String blocks : list("BLOCKS", "1000,5000,endless")) {
            settings.add(
                Setting.faultless(
                    trace,
                    Double.parseDouble(load),
                    Integer.parseInt(workers),
                    blocks.equals("endless") ? ReplayOptions.ENDLESS : Integer.parseInt(blocks)));
          }
        }
      }
    }
    if (!faults.equals("no")) {
      traces.forEach(trace -> settings.addAll(withFaults(trace)));
      if (traces.contains(EXEMPLAR)) {
        settings.add(
            new Setting(EXEMPLAR, 0.57, 8_400, 16, 4_400, "8,400 tokens/s", ReplayFaults.NONE));
      }
    }
    return settings;
  }

  private static List<Setting> withFaults(String trace) {
    Duration zero = Duration.ZERO;
    Map<String, ReplayFaults> faults = new LinkedHashMap<>();
    for (long millis : new long[] {10, 1_000, 5_000}) {
      faults.put(
          "events %,d ms late".formatted(millis),
          new ReplayFaults(Duration.ofMillis(millis), 0, 0, false, 1, zero));
    }
    faults.put("1 % of events lost", new ReplayFaults(zero, 0.01, 0, false, 1, zero));
    faults.put("2 routers, told at once", new ReplayFaults(zero, 0, 0, false, 2, zero));
    faults.put(
        "2 routers, told 1 s late", new ReplayFaults(zero, 0, 0, false, 2, Duration.ofSeconds(1)));
    faults.put("2 routers, never told", new ReplayFaults(zero, 0, 0, false, 2, ReplayFaults.NEVER));
    faults.put("30 % restarted", new ReplayFaults(zero, 0, 0.3, false, 1, zero));
    faults.put("one at half speed", new ReplayFaults(zero, 0, 0, true, 1, zero));
    return faults.entrySet().stream()
        .map(fault -> new Setting(trace, 1.2, 0, 16, 5_000, fault.getKey(), fault.getValue()))
        .toList();
  }

  private static List<Row> rows(
      Map<String, Trace> traces, List<Setting> settings, List<String> policies)
      throws InterruptedException {
    List<Row> rows = new ArrayList<>();
    try (var cores = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      List<Callable<Row>> replays = new ArrayList<>();
      for (Setting setting : settings) {
        Trace trace = Objects.requireNonNull(traces.get(setting.trace()));
        for (String policy : policies) {
          replays.add(() -> replay(trace, setting, policy));
        }
      }
      for (Future<Row> row : cores.invokeAll(replays)) {
        rows.add(row.get());
      }
      return rows;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static Row replay(Trace trace, Setting setting, String policyName) {
    Policy offered = Policies.named(policyName);
    Policy policy = offered != null ? offered : Rivals.make(policyName);
    if (policy == null) {
      throw new IllegalArgumentException("POLICIES: '" + policyName + "' is unknown");
    }
    Row row =
        new Row(setting, new PolicyReplay(trace, setting.options(trace), policy).run(_ -> {}));
    say(row.json());
    return row;
  }

  private static List<String> list(String variable, String otherwise) {
    return Arrays.asList(variable(variable, otherwise).split(","));
  }

  private static String variable(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  private static void say(String line) {
    System.err.println(line);
  }
}
