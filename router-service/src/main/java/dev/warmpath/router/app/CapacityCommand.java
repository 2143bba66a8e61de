package dev.warmpath.router.app;

import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.study.LatencyLimits;
import dev.warmpath.router.replay.study.LatencyLimits.Limit;
import dev.warmpath.router.replay.study.LatencyLimits.Miss;
import dev.warmpath.router.replay.study.LoadSearch;
import dev.warmpath.router.replay.study.LoadSearch.Found;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code warmpath replay capacity}: the highest load that each policy holds within limits. */
@Command(
    name = "capacity",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    showDefaultValues = true,
    description = {
      "Finds the highest load that each policy holds within the SLA, and the GPUs that it saves"
          + " against the first policy.",
      "A load is a multiple of the trace's arrivals, or of the rate of --open-loop; with"
          + " --closed-loop, clients, from the lowest to the highest c. A run holds it when all"
          + " limits are met, no request is refused and the fleet keeps up. GPUs are in proportion"
          + " to loads; check them with sweep."
    })
final class CapacityCommand implements Callable<Integer> {
  private static final String UNKNOWN = "-";

  /** Flags of a search over loads, which a number of clients has no use for. */
  private static final Set<String> OF_LOADS = Set.of("--load-from", "--load-to", "--tolerance");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--sla",
      split = ",",
      required = true,
      paramLabel = "LATENCY=TIME",
      description =
          "Limits over the run: ttft, tpot, itl or e2e with _mean, _p50, _p90, _p95, _p99 or _max,"
              + " as ttft_mean=500ms,ttft_p99=2s; a number alone is milliseconds.")
  private List<String> sla = new ArrayList<>();

  @Option(
      names = "--load-from",
      paramLabel = "FACTOR",
      defaultValue = "0.125",
      description = "Lowest load that is tried.")
  private double from;

  @Option(
      names = "--load-to",
      paramLabel = "FACTOR",
      defaultValue = "64",
      description = "Highest load that is tried.")
  private double to;

  @Option(
      names = "--tolerance",
      paramLabel = "SHARE",
      defaultValue = "0.02",
      description = "How close, as a share, the load found is to one that does not hold.")
  private double tolerance;

  @Mixin private StudyFlags flags = new StudyFlags();

  /** What a policy holds. */
  private record Held(String policy, Found<RunSummary> found) {
    /** Whether the search ended between two loads. */
    boolean isBracketed() {
      return found.held() > 0 && found.missed() < Double.POSITIVE_INFINITY;
    }

    /** GPUs for the load that another policy holds; null when either is not known. */
    @Nullable Double gpusFor(Held other, int gpus) {
      return isBracketed() && other.isBracketed() ? gpus * other.found.held() / found.held() : null;
    }
  }

  @Override
  public Integer call() throws IOException {
    return Study.answer(spec, flags, this::answer);
  }

  private String answer(Study study) {
    LatencyLimits limits = LatencyLimits.parse("--sla", sla);
    List<Integer> clients = study.clients();
    if (clients == null) {
      Flags.checkAbove("--load-from", from, 0);
      Flags.checkAbove("--load-to", to, from);
      Flags.checkAtLeast("--tolerance", tolerance, LoadSearch.LEAST_TOLERANCE);
    } else {
      checkClients(clients);
    }
    List<Held> all = new ArrayList<>();
    for (String policy : study.policies()) {
      all.add(new Held(policy, search(study, clients, policy, limits)));
    }
    return switch (flags.format) {
      case TABLE -> table(study, limits, all);
      case JSON -> json(study, limits, all);
    };
  }

  private void checkClients(List<Integer> clients) {
    GivenFlags.refuse(
        spec.commandLine().getParseResult(),
        flag -> OF_LOADS.contains(flag.longestName()),
        "is for multiples of a load: with --closed-loop, c names the fewest and the most clients");
    if (clients.size() < 2) {
      throw new IllegalArgumentException(
          "--closed-loop c must name the lowest and the highest number of clients, was " + clients);
    }
  }

  private Found<RunSummary> search(
      Study study, @Nullable List<Integer> clients, String policy, LatencyLimits limits) {
    if (clients == null) {
      return new LoadSearch(from, to, tolerance)
          .search(load -> study.run(study.deployment(), policy, load), limits::areMetBy);
    }
    return LoadSearch.searchWhole(
        clients.getFirst(),
        clients.getLast(),
        some -> study.runClients(study.deployment(), policy, some),
        limits::areMetBy);
  }

  private String table(Study study, LatencyLimits limits, List<Held> all) {
    List<Integer> clients = study.clients();
    Held first = all.getFirst();
    List<String> head =
        new ArrayList<>(
            List.of("policy", clients == null ? "load" : "clients", "fails at", "by", "req/s"));
    limits.limits().forEach(limit -> head.add(limit.metric().name() + " ms"));
    head.add("GPUs at the load of " + first.policy());
    head.add("saved");
    List<List<String>> rows = new ArrayList<>();
    for (Held held : all) {
      rows.add(row(limits, held, held.gpusFor(first, study.deployment().gpus()), study));
    }
    String asked =
        limits.limits().stream().map(CapacityCommand::text).collect(Collectors.joining(", "));
    return study.preface()
        + "SLA          "
        + asked
        + "\n"
        + (clients == null
            ? "loads        %s to %s times the load, to %s of it\n".formatted(from, to, tolerance)
            : "clients      %s to %s\n".formatted(clients.getFirst(), clients.getLast()))
        + "\n"
        + TextTable.render(head, rows);
  }

  private static String text(Limit limit) {
    return "%s <= %s ms".formatted(limit.metric().name(), limit.millis());
  }

  private List<String> row(LatencyLimits limits, Held held, @Nullable Double gpus, Study study) {
    Found<RunSummary> found = held.found();
    RunSummary run = found.atHeld();
    List<String> row = new ArrayList<>();
    row.add(held.policy());
    List<Integer> clients = study.clients();
    if (run == null) {
      row.add("below " + (clients == null ? "" + from : "" + clients.getFirst()));
    } else if (held.isBracketed()) {
      row.add(load(clients, found.held()));
    } else {
      row.add("at least " + (clients == null ? "" + to : "" + clients.getLast()));
    }
    row.add(found.missed() < Double.POSITIVE_INFINITY ? load(clients, found.missed()) : UNKNOWN);
    row.add(failsBy(limits, found));
    row.add(run == null ? UNKNOWN : number(run.requestsPerSecond()));
    for (Limit limit : limits.limits()) {
      row.add(run == null ? UNKNOWN : number(limit.metric().of().applyAsDouble(run)));
    }
    row.add(gpus == null ? UNKNOWN : number(gpus));
    row.add(gpus == null ? UNKNOWN : number(study.deployment().gpus() - gpus));
    return row;
  }

  /** What the lowest load that does not hold misses, and by how much it does. */
  private static String failsBy(LatencyLimits limits, Found<RunSummary> found) {
    RunSummary run = found.atMissed();
    return run == null
        ? UNKNOWN
        : limits.misses(run).stream().map(Miss::text).collect(Collectors.joining(", "));
  }

  private static String load(@Nullable List<Integer> clients, double load) {
    return clients == null ? number(load) : Long.toString(Math.round(load));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private String json(Study study, LatencyLimits limits, List<Held> all) {
    Map<String, Object> root = study.root(spec);
    Map<String, Object> asked = new LinkedHashMap<>();
    limits.limits().forEach(limit -> asked.put(limit.metric().name() + "_ms", limit.millis()));
    root.put("sla", asked);
    List<Map<String, Object>> policies = new ArrayList<>();
    for (Held held : all) {
      int deployed = study.deployment().gpus();
      Double gpus = held.gpusFor(all.getFirst(), deployed);
      Map<String, Object> fields = fields(limits, held);
      fields.put("gpus_at_first_load", gpus);
      fields.put("gpus_saved", gpus == null ? null : deployed - gpus);
      policies.add(fields);
    }
    root.put("policies", policies);
    return Study.json(root);
  }

  private static Map<String, Object> fields(LatencyLimits limits, Held held) {
    Found<RunSummary> found = held.found();
    RunSummary run = found.atHeld();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("policy", held.policy());
    fields.put("load", found.held());
    fields.put("fails_at", found.missed() < Double.POSITIVE_INFINITY ? found.missed() : null);
    fields.put("fails_by", found.atMissed() == null ? null : limits.missedBy(found.atMissed()));
    fields.put("runs", found.runs());
    fields.put("requests_per_s", run == null ? null : run.requestsPerSecond());
    for (Limit limit : limits.limits()) {
      fields.put(
          limit.metric().name() + "_ms",
          run == null ? null : limit.metric().of().applyAsDouble(run));
    }
    return fields;
  }
}
