package dev.warmpath.router.app;

import dev.warmpath.router.replay.calibrate.Calibration;
import dev.warmpath.router.replay.calibrate.Calibration.Search;
import dev.warmpath.router.replay.calibrate.DefaultConstants;
import dev.warmpath.router.replay.calibrate.EngineFile;
import dev.warmpath.router.replay.calibrate.HoldOut;
import dev.warmpath.router.replay.calibrate.MeasuredLoop;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.study.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code warmpath replay calibrate}: fits constants of an engine to measured closed loops. */
@Command(
    name = "calibrate",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    showDefaultValues = true,
    description = {
      "Fits constants of an engine to measured closed loops by playing each of them again and"
          + " again, and writes an engine file with the constants found, their origin, and their"
          + " error on rows that the fit did not see.",
      "The search is derivative-free and draws nothing: the same inputs write the same bytes."
    })
final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--engine",
      required = true,
      paramLabel = "NAME|FILE",
      description = "Engine to start from; what is not fitted stays as it is there.")
  private String engine = "";

  @Option(
      names = "--measured",
      required = true,
      paramLabel = "FILE",
      description = "JSON with tables of measured closed loops.")
  private Path measured = Path.of("");

  @Option(
      names = "--measured-table",
      paramLabel = "ID",
      description = "A table of --measured, as ID or 'ID ISL:OSL'; may be repeated. Default: all.")
  private List<String> tables = new ArrayList<>();

  @Option(
      names = "--fit",
      split = ",",
      paramLabel = "NAME[=START]",
      description =
          "Constants to fit, as fields of the engine's file with dots, such as decode.base_ms; one"
              + " that the file lacks, or has as 0, needs a start. Default: of what the deployments"
              + " use, frontend_ms, prefill.base_ms, prefill.floor_ms, prefill.per_token_ms,"
              + " transfer.per_token_ms, decode.base_ms, decode.per_sequence_ms,"
              + " decode.per_context_token_ms, decode.admission_ms; aggregated.base_ms,"
              + " aggregated.per_token_ms, aggregated.per_sequence_ms, aggregated.decode.base_ms;"
              + " the constants of attention_dp; polynomial.prefill[0], polynomial.prefill[1],"
              + " polynomial.decode[0]; those that are above 0.")
  private List<String> fit = new ArrayList<>();

  @Option(
      names = "--hold-out",
      paramLabel = "KEY=VALUE",
      defaultValue = "share=0.25",
      description =
          "Rows that only judge: concurrency=16,64, isl=500, osl=1000, table=ID, or share=0.25 of"
              + " all, drawn by --seed. May be repeated.")
  private List<String> holdOut = new ArrayList<>();

  @Option(
      names = "--metrics",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "requests_per_s,ttft_mean,ttft_p99,tpot_mean,e2e_mean",
      description = "What is compared, of what each row has.")
  private List<String> metrics = new ArrayList<>();

  @Option(
      names = "--answers",
      paramLabel = "measured|engine",
      defaultValue = "measured",
      description =
          "How long answers were on average: as a row's E2E, TTFT and TPOT have it, or as the"
              + " output_lengths of --engine, else as asked for.")
  private String answers = "";

  @Option(
      names = "--least-concurrency",
      paramLabel = "N",
      defaultValue = "1",
      description = "Rows of fewer clients are left out.")
  private int leastConcurrency;

  @Option(
      names = "--range",
      paramLabel = "FACTOR",
      defaultValue = "4",
      description = "How many times as large or small as at its start a constant may become.")
  private double range;

  @Option(
      names = "--evaluations",
      paramLabel = "N",
      defaultValue = "400",
      description = "Most times that all fitted rows are played.")
  private int evaluations;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      defaultValue = "kv",
      description = "Policy of the router.")
  private String policy = "";

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Where all chance comes from.")
  private long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Engine file that is written; its name without .json is the engine's.")
  private Path out = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json.",
      converter = OutputFormat.Converter.class)
  private OutputFormat format = OutputFormat.TABLE;

  @Mixin private MeasuredFleet fleet = new MeasuredFleet();

  @Override
  public Integer call() throws Exception {
    Calibration calibration;
    EngineFile start;
    HoldOut rows;
    try {
      check();
      EngineFile file = EngineFile.parse(engine, EngineFiles.text(engine));
      rows = rows(file.model());
      List<String> names = fit.isEmpty() ? defaults(file, rows) : names();
      start = withStarts(file);
      calibration = new Calibration(start, names, rows, search());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    Calibration.Result result = ProgressBars.show("calibrate", evaluations, calibration::fit);
    CalibrationReport report =
        new CalibrationReport(engine, start.model(), measured, rows, holdOut, metrics, result);
    write(report.file(engineName()));
    spec.commandLine()
        .getOut()
        .print(
            switch (format) {
              case TABLE -> report.table() + "\nwritten to " + out + "\n";
              case JSON -> report.json();
            });
    spec.commandLine().getOut().flush();
    return CommandLine.ExitCode.OK;
  }

  private void check() {
    Flags.checkAtLeast("--least-concurrency", leastConcurrency, 1);
    Flags.checkAbove("--range", range, 1);
    Flags.checkAtLeast("--evaluations", evaluations, 1);
    ReplayPolicies.named(policy);
    if (!answers.equals("measured") && !answers.equals("engine")) {
      throw new IllegalArgumentException("--answers must be measured or engine, was " + answers);
    }
    if (Files.isDirectory(out)) {
      throw new IllegalArgumentException("--out %s is a folder".formatted(out));
    }
    OutPath.requireFile(out);
  }

  private Search search() {
    return new Search(
        range,
        evaluations,
        answers.equals("measured"),
        metrics.stream().map(CalibrateCommand::metric).toList(),
        () -> ReplayPolicies.named(policy),
        seed);
  }

  private static Metric metric(String name) {
    try {
      return Metric.named(name.strip());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--metrics " + e.getMessage(), e);
    }
  }

  private HoldOut rows(EngineModel model) {
    String name = "--measured " + measured;
    String json;
    try {
      json = Files.readString(measured);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s cannot be read: %s".formatted(name, FileTrouble.of(e)), e);
    }
    List<MeasuredLoop> rows =
        MeasuredLoop.read(name, json, tables, config -> fleet.of(engine, model, config)).stream()
            .filter(row -> row.concurrency() >= leastConcurrency)
            .toList();
    if (rows.isEmpty()) {
      throw new IllegalArgumentException(
          "--least-concurrency %d leaves no row".formatted(leastConcurrency));
    }
    try {
      return HoldOut.of(rows, holdOut, seed);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--hold-out " + e.getMessage(), e);
    }
  }

  private List<String> names() {
    List<String> names = fit.stream().map(one -> one.strip().split("=", 2)[0]).distinct().toList();
    if (names.size() < fit.size()) {
      throw new IllegalArgumentException("--fit names a constant twice: " + String.join(",", fit));
    }
    return names;
  }

  /** The engine with the starts that {@code --fit} gives. */
  private EngineFile withStarts(EngineFile file) {
    Map<String, Double> starts = new LinkedHashMap<>();
    for (String one : fit) {
      String[] parts = one.strip().split("=", 2);
      if (parts.length > 1) {
        starts.put(
            parts[0],
            new LoopArguments("--fit", List.of(one.strip()), List.of(parts[0])).number(parts[0]));
      }
    }
    try {
      EngineFile started = file.with(starts);
      started.model();
      return started;
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--fit " + e.getMessage(), e);
    }
  }

  private static List<String> defaults(EngineFile file, HoldOut rows) {
    boolean aggregated =
        rows.fitted().stream().anyMatch(row -> !row.deployment().isDisaggregated());
    boolean disaggregated =
        rows.fitted().stream().anyMatch(row -> row.deployment().isDisaggregated());
    return DefaultConstants.of(aggregated, disaggregated).stream()
        .filter(name -> file.constant(name).orElse(0) > 0)
        .toList();
  }

  private String engineName() {
    Path name = out.getFileName();
    return name == null ? "fitted" : name.toString().replaceFirst("\\.json$", "");
  }

  private void write(EngineFile file) {
    try {
      Files.writeString(out, file.json());
    } catch (IOException e) {
      throw OutPath.cannotBeWritten(out, e);
    }
  }
}
