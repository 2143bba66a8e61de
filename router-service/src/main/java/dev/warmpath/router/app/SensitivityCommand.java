package dev.warmpath.router.app;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.study.Metric;
import java.io.IOException;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code warmpath replay sensitivity}: what errors of the step time do to every metric. */
@Command(
    name = "sensitivity",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    showDefaultValues = true,
    description = {
      "Plays the same load with the same seed on engines whose steps are some percent shorter and"
          + " longer, and reports the band of every metric.",
      "A band wider than the change of the step time says that the deployment runs near its limit."
    })
final class SensitivityCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--step-time",
      split = ",",
      paramLabel = "PERCENT",
      defaultValue = "3,6",
      description = "Changes of the step time, each up and down; above 0 and below 100.")
  private List<Double> percents = new ArrayList<>();

  @Mixin private StudyFlags flags = new StudyFlags();

  @Override
  public Integer call() throws IOException {
    return Study.answer(spec, flags, this::answer);
  }

  private String answer(Study study) {
    List<Double> changes = changes();
    Map<String, List<RunSummary>> runs = new LinkedHashMap<>();
    for (String policy : study.policies()) {
      List<RunSummary> some = new ArrayList<>();
      for (double change : changes) {
        some.add(study.run(scaled(study.deployment(), change), policy));
      }
      runs.put(policy, some);
    }
    return switch (flags.format) {
      case TABLE -> table(study, changes, runs);
      case JSON -> json(study, changes, runs);
    };
  }

  /** The changes from the most negative to the most positive one, with none in the middle. */
  private List<Double> changes() {
    TreeSet<Double> changes = new TreeSet<>();
    changes.add(0.0);
    for (double percent : percents) {
      if (!(percent > 0 && percent < 100)) {
        throw new IllegalArgumentException(
            "--step-time must be above 0 and below 100, was " + percent);
      }
      changes.add(-percent);
      changes.add(percent);
    }
    return List.copyOf(changes);
  }

  private static Deployment scaled(Deployment deployment, double percent) {
    return percent == 0
        ? deployment
        : deployment.withEngine(deployment.engine().withStepTimes(1 + percent / 100));
  }

  private static String table(
      Study study, List<Double> changes, Map<String, List<RunSummary>> runs) {
    StringBuilder text = new StringBuilder(study.preface());
    List<String> head = new ArrayList<>(List.of("metric", "unit"));
    changes.forEach(change -> head.add(label(change)));
    head.addAll(List.of("lowest", "highest"));
    runs.forEach((policy, some) -> {
      List<List<String>> rows = Metric.ALL.stream().map(metric -> row(metric, some)).toList();
      text.append('\n').append(policy).append(", steps longer by\n");
      text.append(TextTable.render(head, rows));
      for (int i = 0; i < some.size(); i++) {
        if (some.get(i).overloaded()) {
          text.append("OVERLOADED at ").append(label(changes.get(i)));
          text.append(": TTFT grows with the length of the run, do not quote it\n");
        }
      }
    });
    return text.toString();
  }

  private static String label(double change) {
    if (change == 0) {
      return "0 %";
    }
    DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
    return new DecimalFormat("+0.###;-0.###", symbols).format(change) + " %";
  }

  private static List<String> row(Metric metric, List<RunSummary> runs) {
    double[] values = runs.stream().mapToDouble(metric.of()).toArray();
    double base = values[values.length / 2];
    List<String> row = new ArrayList<>(List.of(metric.name(), metric.unit()));
    double lowest = base;
    double highest = base;
    for (double value : values) {
      row.add(String.format(Locale.ROOT, metric.unit().equals("share") ? "%.4f" : "%.2f", value));
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    row.add(against(base, lowest));
    row.add(against(base, highest));
    return row;
  }

  private static String against(double base, double value) {
    return base == 0 ? "-" : String.format(Locale.ROOT, "%+.1f %%", 100 * (value / base - 1));
  }

  private String json(Study study, List<Double> changes, Map<String, List<RunSummary>> runs) {
    Map<String, Object> root = study.root(spec);
    root.put("step_time_percent", changes);
    List<Map<String, Object>> policies = new ArrayList<>();
    runs.forEach((policy, some) -> {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("policy", policy);
      fields.put("overloaded", some.stream().map(RunSummary::overloaded).toList());
      Map<String, Object> metrics = new LinkedHashMap<>();
      for (Metric metric : Metric.ALL) {
        metrics.put(metric.key(), band(some.stream().mapToDouble(metric.of()).toArray()));
      }
      fields.put("metrics", metrics);
      policies.add(fields);
    });
    root.put("policies", policies);
    return Study.json(root);
  }

  private static Map<String, Object> band(double[] values) {
    Map<String, Object> band = new LinkedHashMap<>();
    List<Double> all = Arrays.stream(values).boxed().toList();
    band.put("values", all);
    band.put("lowest", Collections.min(all));
    band.put("highest", Collections.max(all));
    return band;
  }
}
