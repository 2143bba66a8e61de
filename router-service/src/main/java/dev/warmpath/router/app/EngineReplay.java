package dev.warmpath.router.app;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.DeploymentYaml;
import dev.warmpath.router.replay.load.Arrivals;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Sessions;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.load.TraceBlocks;
import dev.warmpath.router.replay.report.MeasuredTable;
import dev.warmpath.router.replay.report.RequestLine;
import dev.warmpath.router.replay.report.RunCharts;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.report.SimulationJson;
import dev.warmpath.router.replay.report.SimulationPage;
import dev.warmpath.router.replay.report.SimulationReport;
import dev.warmpath.router.replay.report.SimulationText;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.ServingRun;
import dev.warmpath.router.route.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/** {@code warmpath replay} with engines whose steps are modelled: one run a policy and load. */
final class EngineReplay {
  private static final String REPORT_FILE = "report.json";

  private final EngineFlags flags;
  private final Inputs inputs;
  private final Function<String, Policy> policyNamed;
  private final List<RunSummary> runs = new ArrayList<>();
  private final List<RunCharts> charts = new ArrayList<>();
  private MeasuredTable measured = MeasuredTable.NONE;

  /**
   * What the command was given beside the engine's flags.
   *
   * @param traces trace files
   * @param policies names of policies; empty for the default
   * @param workers aggregated workers; null when not told
   * @param ranks ranks of a worker; null when not told
   * @param blocks KV blocks of a rank; null when not told
   * @param blockSize tokens in a block of the trace
   * @param seed where all chance comes from
   * @param out folder for files; null for none
   * @param all every input by name
   */
  record Inputs(
      List<Path> traces,
      List<String> policies,
      @Nullable Integer workers,
      @Nullable Integer ranks,
      @Nullable Integer blocks,
      int blockSize,
      long seed,
      @Nullable Path out,
      SequencedMap<String, String> all) {}

  EngineReplay(EngineFlags flags, Inputs inputs, Function<String, Policy> policyNamed) {
    this.flags = flags;
    this.inputs = inputs;
    this.policyNamed = policyNamed;
  }

  /** Runs everything, writes the files, and returns what is to be printed. */
  String run(OutputFormat format) throws IOException {
    flags.checkLoad(!inputs.traces().isEmpty());
    DeploymentYaml.Content content =
        new EngineDeployment(flags, inputs.workers(), inputs.ranks(), inputs.blocks()).read();
    List<String> loop = flags.closedLoop;
    SimulationReport report;
    try (RequestFile requests = RequestFile.in(inputs.out())) {
      report = loop == null ? openLoop(content, requests) : closedLoop(content, loop, requests);
      requests.keep();
    }
    String json = SimulationJson.json(report, loop == null ? "policies" : "runs");
    if (inputs.out() != null) {
      Files.writeString(inputs.out().resolve(REPORT_FILE), json);
      ReportFiles.write(inputs.out(), report, charts, measured);
    }
    return switch (format) {
      case TABLE -> SimulationText.text(report);
      case JSON -> json;
    };
  }

  private List<Policy> policies(DeploymentYaml.Content content, List<String> otherwise) {
    List<String> names =
        !inputs.policies().isEmpty()
            ? inputs.policies()
            : content.policies().isEmpty() ? otherwise : content.policies();
    return names.stream().map(policyNamed).toList();
  }

  private SimulationReport report(Deployment deployment, String load, long badLines) {
    return new SimulationReport(
        Version.current(),
        inputs.all(),
        deployment.engine().provenance(),
        deployment,
        load,
        badLines,
        runs);
  }

  private void add(
      Deployment deployment, RunRecord run, int concurrency, double ceiling, RequestFile requests)
      throws IOException {
    double frontendMs = deployment.engine().frontendMs();
    runs.add(RunSummary.of(run, concurrency, ceiling, frontendMs, deployment.sla()));
    requests.write(run, new RequestLine(run, concurrency, frontendMs));
    if (inputs.out() != null && charts.size() < SimulationPage.MAX_CHARTED_RUNS) {
      charts.add(RunCharts.of(run, deployment));
    }
  }

  private SimulationReport closedLoop(
      DeploymentYaml.Content content, List<String> arguments, RequestFile requests)
      throws IOException {
    Deployment deployment = content.deployment();
    ClosedLoops loops = ClosedLoops.of(arguments, deployment);
    measured = flags.measured.read(loops.load().inputTokens(), loops.load().outputTokens());
    for (int clients : loops.clients()) {
      for (Policy policy : policies(content, List.of("kv"))) {
        ServingRun serving = new ServingRun(deployment, policy, inputs.seed());
        RunRecord run =
            progress(
                policy,
                "c=" + clients,
                loops.count(clients),
                bar -> loops.play(serving, clients, inputs.seed(), bar));
        add(deployment, run, clients, 0, requests);
      }
    }
    return report(deployment, "closed loop, " + MadeLoad.text(loops.load()), 0);
  }

  private SimulationReport openLoop(DeploymentYaml.Content content, RequestFile requests)
      throws IOException {
    flags.measured.refuse();
    LoopArguments loop = Timings.arguments(flags.openLoop);
    Timing timing = Timings.of(loop, flags.speedup, inputs.seed());
    Deployment deployment = content.deployment();
    if (inputs.traces().isEmpty()) {
      return synthesized(content, loop, timing, requests);
    }
    TraceBlocks blocks = new TraceBlocks(inputs.blockSize(), deployment.blockSize());
    List<Policy> policies = policies(content, List.of("kv", "round_robin"));
    TraceLoad.Use use =
        flags.followSessions
            ? TraceLoad.Use.WHOLE
            : policies.size() == 1 && !StandardError.isTerminal()
                ? TraceLoad.Use.ONCE
                : TraceLoad.Use.AGAIN; // counted before the run, for the time left
    try (TraceLoad trace = TraceLoad.open(inputs.traces(), blocks, flags.skipBadLines, use)) {
      for (Policy policy : policies) {
        Arrivals arrivals =
            flags.followSessions
                ? new Sessions(trace.all(), flags.speedup)
                : new OpenLoop(trace.requests(), timing);
        ServingRun serving = new ServingRun(deployment, policy, inputs.seed());
        RunRecord run = progress(policy, "", trace.knownSize(), bar -> serving.run(arrivals, bar));
        add(deployment, run, 0, trace.ceiling(), requests);
      }
      String load =
          "trace %s, %s"
              .formatted(
                  TraceLoad.shortName(inputs.traces()), Timings.text(timing, flags.followSessions));
      return report(deployment, load, trace.badLines());
    }
  }

  private SimulationReport synthesized(
      DeploymentYaml.Content content, LoopArguments loop, Timing timing, RequestFile requests)
      throws IOException {
    if (timing instanceof Timing.ByTimestamp) {
      throw new IllegalArgumentException(
          "TRACE is missing: name a file, or give --closed-loop or --open-loop");
    }
    Deployment deployment = content.deployment();
    Synthetic load = MadeLoad.of(loop, deployment);
    int count = Timings.count(loop);
    for (Policy policy : policies(content, List.of("kv", "round_robin"))) {
      ServingRun serving = new ServingRun(deployment, policy, inputs.seed());
      OpenLoop arrivals = new OpenLoop(load.requests(count, inputs.seed()), timing);
      RunRecord run = progress(policy, "", count, bar -> serving.run(arrivals, bar));
      add(deployment, run, 0, 0, requests);
    }
    return report(
        deployment, Timings.text(timing, flags.followSessions) + ", " + MadeLoad.text(load), 0);
  }

  /** Shows a bar while a run goes on, if a person is there to see it. */
  private static RunRecord progress(
      Policy policy, String what, int count, Function<LongConsumer, RunRecord> run) {
    if (!StandardError.isTerminal()) {
      return run.apply(_ -> {});
    }
    try (ProgressBar bar = new ProgressBar((policy.policyName() + " " + what).strip(), count)) {
      return run.apply(bar::stepTo);
    }
  }
}
