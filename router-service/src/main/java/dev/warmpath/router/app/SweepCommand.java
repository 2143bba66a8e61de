package dev.warmpath.router.app;

import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.study.Dimension;
import dev.warmpath.router.replay.study.Grid;
import dev.warmpath.router.replay.study.Grid.Variant;
import dev.warmpath.router.replay.study.LatencyLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code warmpath replay sweep}: plays one load on all combinations of some settings. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    showDefaultValues = true,
    description = {
      "Plays the same load on every combination of settings, a line each, and names the one with"
          + " the fewest GPUs that meets the SLA; of several, the one with the lowest mean TTFT."
    })
final class SweepCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--vary",
      required = true,
      paramLabel = "NAME[=VALUE,..]",
      description =
          "What is varied, once for each: router, reuse (on, off), slots, blocks, workers,"
              + " prefill_workers, decode_workers. Names alone, several with commas, take kv and"
              + " round_robin, on and off, or half, as set, and twice.")
  private List<String> vary = new ArrayList<>();

  @Option(
      names = "--sla",
      split = ",",
      paramLabel = "LATENCY=TIME",
      description =
          "Limits over a run: ttft, tpot, itl or e2e with _mean, _p50, _p90, _p95, _p99 or _max,"
              + " as ttft_mean=500ms,ttft_p99=2s; a number alone is milliseconds.")
  private @Nullable List<String> sla;

  @Mixin private StudyFlags flags = new StudyFlags();

  private record Line(Variant variant, RunSummary run, List<String> missed) {
    String name() {
      return variant.values().entrySet().stream()
          .map(value -> value.getKey().label() + "=" + value.getValue())
          .collect(Collectors.joining(" "));
    }

    int gpus() {
      return variant.deployment().gpus();
    }
  }

  @Override
  public Integer call() throws IOException {
    try {
      SequencedMap<Dimension, List<String>> asked = asked();
      refuseFlagsOfVaried(asked);
      countWorkers(asked);
      return Study.answer(spec, flags, study -> answer(study, asked));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** The dimensions with their values; with none where only the name was told. */
  private SequencedMap<Dimension, List<String>> asked() {
    SequencedMap<Dimension, List<String>> asked = new TreeMap<>();
    for (String text : vary) {
      int equals = text.indexOf('=');
      if (equals < 0) {
        for (String name : text.split(",", -1)) {
          add(asked, name, List.of());
        }
      } else {
        add(asked, text.substring(0, equals), List.of(text.substring(equals + 1).split(",", -1)));
      }
    }
    return asked;
  }

  private static void add(Map<Dimension, List<String>> asked, String name, List<String> values) {
    Dimension dimension;
    try {
      dimension = Dimension.named(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--vary " + e.getMessage(), e);
    }
    if (asked.put(dimension, values.stream().distinct().toList()) != null) {
      throw new IllegalArgumentException("--vary has %s twice".formatted(name));
    }
  }

  /** A flag is the middle of what is varied without values; beside values it would say nothing. */
  private void refuseFlagsOfVaried(Map<Dimension, List<String>> asked) {
    asked.forEach((dimension, values) -> {
      boolean namesItsOwn = !values.isEmpty() || dimension == Dimension.ROUTER;
      if (namesItsOwn && spec.commandLine().getParseResult().hasMatchedOption(flag(dimension))) {
        throw new IllegalArgumentException(
            "%s is varied by --vary %s: give one of the two"
                .formatted(flag(dimension), dimension.label()));
      }
    });
  }

  private static String flag(Dimension dimension) {
    return dimension == Dimension.ROUTER ? "--policy" : "--" + dimension.label().replace('_', '-');
  }

  /** Numbers of workers that are varied need not be told as flags too. */
  private void countWorkers(Map<Dimension, List<String>> asked) {
    if (flags.engine.deployment != null) {
      return;
    }
    flags.workers = counted(flags.workers, asked, Dimension.WORKERS);
    flags.engine.prefillWorkers =
        counted(flags.engine.prefillWorkers, asked, Dimension.PREFILL_WORKERS);
    flags.engine.decodeWorkers =
        counted(flags.engine.decodeWorkers, asked, Dimension.DECODE_WORKERS);
  }

  private static @Nullable Integer counted(
      @Nullable Integer flag, Map<Dimension, List<String>> asked, Dimension dimension) {
    List<String> values = asked.getOrDefault(dimension, List.of());
    return flag != null || values.isEmpty() ? flag : Integer.valueOf(1);
  }

  private String answer(Study study, SequencedMap<Dimension, List<String>> asked) {
    LatencyLimits limits = sla == null ? null : LatencyLimits.parse("--sla", sla);
    List<Line> lines = new ArrayList<>();
    for (Variant variant : variants(study, asked)) {
      String policy = Objects.requireNonNull(variant.values().get(Dimension.ROUTER));
      RunSummary run = study.run(variant.deployment(), policy);
      lines.add(new Line(variant, run, limits == null ? List.of() : limits.missedBy(run)));
    }
    Optional<Line> cheapest =
        limits == null
            ? Optional.empty()
            : lines.stream()
                .filter(line -> line.missed().isEmpty())
                .min(
                    Comparator.comparingInt(Line::gpus)
                        .thenComparingDouble(line -> line.run().ttft().mean()));
    return switch (flags.format) {
      case TABLE -> table(study, limits, lines, cheapest);
      case JSON -> json(study, limits, lines, cheapest);
    };
  }

  private static List<Variant> variants(Study study, Map<Dimension, List<String>> asked) {
    Map<Dimension, List<String>> values = new TreeMap<>();
    values.put(Dimension.ROUTER, study.policies(List.of("kv")));
    try {
      asked.forEach((dimension, told) ->
          values.put(
              dimension, told.isEmpty() ? dimension.defaultValues(study.deployment()) : told));
      values.get(Dimension.ROUTER).forEach(ReplayPolicies::named);
      return Grid.variants(study.deployment(), values);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--vary: " + e.getMessage(), e);
    }
  }

  private static String table(
      Study study, @Nullable LatencyLimits limits, List<Line> lines, Optional<Line> cheapest) {
    List<String> head = new ArrayList<>();
    lines.getFirst().variant().values().keySet().forEach(value -> head.add(value.label()));
    head.addAll(
        List.of(
            "GPUs", "req/s", "TTFT mean ms", "TTFT p99 ms", "TPOT mean ms", "TPOT p99 ms", "hits"));
    head.add(limits == null ? "load" : "SLA");
    String end = limits == null ? "" : "\n" + verdict(cheapest) + "\n";
    return study.preface()
        + "\n"
        + TextTable.render(head, lines.stream().map(line -> row(line, limits != null)).toList())
        + end;
  }

  private static String verdict(Optional<Line> cheapest) {
    return cheapest
        .map(line -> "cheapest that meets the SLA: %s, %d GPUs".formatted(line.name(), line.gpus()))
        .orElse("none meets the SLA");
  }

  private static List<String> row(Line line, boolean judged) {
    RunSummary run = line.run();
    List<String> row = new ArrayList<>(line.variant().values().values());
    row.add(Integer.toString(line.gpus()));
    row.add(number(run.requestsPerSecond()));
    row.add(number(run.ttft().mean()));
    row.add(number(run.ttft().p99()));
    row.add(number(run.tpot().mean()));
    row.add(number(run.tpot().p99()));
    row.add(String.format(Locale.ROOT, "%.1f %%", 100 * run.hits().blocks()));
    String load =
        run.overloaded()
            ? "OVERLOADED"
            : run.refused() > 0 ? "refuses " + run.refusedText(1) : "keeps up";
    row.add(
        judged
            ? line.missed().isEmpty() ? "met" : "fails " + String.join(", ", line.missed())
            : load);
    return row;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private String json(
      Study study, @Nullable LatencyLimits limits, List<Line> lines, Optional<Line> cheapest) {
    Map<String, Object> root = study.root(spec);
    root.remove("gpus");
    root.put("variants", lines.stream().map(line -> fields(line, limits != null)).toList());
    cheapest.ifPresent(line -> root.put("cheapest", fields(line, true)));
    return Study.json(root);
  }

  private static Map<String, Object> fields(Line line, boolean judged) {
    Map<String, Object> fields = new LinkedHashMap<>();
    line.variant().values().forEach((dimension, value) -> fields.put(dimension.label(), value));
    fields.put("gpus", line.gpus());
    Study.metrics(fields, line.run());
    fields.put("refused", line.run().refused());
    fields.put("overloaded", line.run().overloaded());
    if (judged) {
      fields.put("sla_missed", line.missed());
    }
    return fields;
  }
}
