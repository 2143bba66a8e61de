package dev.warmpath.router.app;

import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.DeploymentYaml;
import dev.warmpath.router.replay.load.Arrivals;
import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.OpenLoop;
import dev.warmpath.router.replay.load.Sessions;
import dev.warmpath.router.replay.load.Synthetic;
import dev.warmpath.router.replay.load.Timing;
import dev.warmpath.router.replay.load.TraceBlocks;
import dev.warmpath.router.replay.report.DeploymentFields;
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.ServingRun;
import dev.warmpath.router.replay.study.Metric;
import dev.warmpath.router.route.Policy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongConsumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * One load, played on as many deployments as a question takes. Every run starts with empty caches
 * and the same seed. One thread.
 */
final class Study implements AutoCloseable {
  private static final List<String> DEFAULT_POLICIES = List.of("kv", "round_robin");

  private final StudyFlags flags;
  private final DeploymentYaml.Content content;
  private final Timing timing;
  private final String load;
  private final @Nullable TraceLoad trace;
  private final @Nullable Synthetic synthetic;
  private final @Nullable ClosedLoops closed;
  private final int count;

  private Study(StudyFlags flags) throws IOException {
    EngineFlags engine = flags.engine;
    engine.measured.refuse();
    Flags.checkAtLeast("--block-size", flags.blockSize, 1);
    Flags.checkAtMost("--block-size", flags.blockSize, Worker.MAX_BLOCK_SIZE);
    engine.checkLoad(!flags.traces.isEmpty());
    this.flags = flags;
    this.content = new EngineDeployment(engine, flags.workers, flags.ranks, flags.blocks).read();
    policies(DEFAULT_POLICIES).forEach(ReplayPolicies::named);
    LoopArguments loop = Timings.arguments(engine.openLoop);
    this.timing = Timings.of(loop, engine.speedup, flags.seed);
    this.closed =
        engine.closedLoop == null ? null : ClosedLoops.of(engine.closedLoop, deployment());
    if (closed != null) {
      this.trace = null;
      this.synthetic = null;
      this.count = 0;
      this.load = "closed loop, " + MadeLoad.text(closed.load());
    } else if (flags.traces.isEmpty()) {
      if (timing instanceof Timing.ByTimestamp) {
        throw new IllegalArgumentException("TRACE is missing: name a file, or give --open-loop");
      }
      this.trace = null;
      this.synthetic = MadeLoad.of(loop, deployment());
      this.count = Timings.count(loop);
      this.load = describe() + ", " + MadeLoad.text(synthetic);
    } else {
      TraceBlocks blocks = new TraceBlocks(flags.blockSize, deployment().blockSize());
      TraceLoad.Use use = engine.followSessions ? TraceLoad.Use.WHOLE : TraceLoad.Use.AGAIN;
      this.trace = TraceLoad.open(flags.traces, blocks, engine.skipBadLines, use);
      this.synthetic = null;
      this.count = trace.knownSize();
      this.load = "trace %s, %s".formatted(TraceLoad.shortName(flags.traces), describe());
    }
  }

  /** Reads deployment and load. */
  static Study open(StudyFlags flags) throws IOException {
    return new Study(flags);
  }

  /** Does the work of a command; complaints about input become wrong usage. */
  static int answer(CommandSpec spec, StudyFlags flags, Question question) throws IOException {
    try (Study study = open(flags)) {
      String text = question.answer(study);
      spec.commandLine().getOut().print(text);
      spec.commandLine().getOut().flush();
      return CommandLine.ExitCode.OK;
    } catch (IllegalArgumentException | TraceFormatException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (UncheckedIOException e) {
      if (e.getCause() instanceof TraceFormatException) {
        throw new ParameterException(spec.commandLine(), e.getCause().getMessage(), e);
      }
      throw e.getCause();
    }
  }

  /** What a command asks of a study. */
  interface Question {
    /** The answer, as it is to be printed. */
    String answer(Study study) throws IOException;
  }

  private String describe() {
    return Timings.text(timing, flags.engine.followSessions);
  }

  /** What serves. */
  Deployment deployment() {
    return content.deployment();
  }

  /** The policies that flags or file name; else {@code otherwise}. */
  List<String> policies(List<String> otherwise) {
    if (flags.policies != null) {
      return flags.policies.stream().map(String::strip).toList();
    }
    return content.policies().isEmpty() ? otherwise : content.policies();
  }

  /** The policies that are compared. */
  List<String> policies() {
    return policies(DEFAULT_POLICIES);
  }

  /** The numbers of clients of a closed loop, ascending; null for an open one. */
  @Nullable List<Integer> clients() {
    return closed == null ? null : closed.clients().stream().sorted().distinct().toList();
  }

  /**
   * Plays the load: the closed loop of the one number of clients, or the open one.
   *
   * @throws IllegalArgumentException if there are several numbers of clients
   */
  RunSummary run(Deployment deployment, String policyName) {
    List<Integer> clients = clients();
    if (clients == null) {
      return run(deployment, policyName, 1);
    }
    if (clients.size() > 1) {
      throw new IllegalArgumentException("--closed-loop c must be one number here, was " + clients);
    }
    return runClients(deployment, policyName, clients.getFirst());
  }

  /** Plays a closed loop. */
  RunSummary runClients(Deployment deployment, String policyName, int clients) {
    ClosedLoops loops = Objects.requireNonNull(closed, "no closed loop");
    ServingRun serving = new ServingRun(deployment, ReplayPolicies.named(policyName), flags.seed);
    RunRecord run =
        play(
            policyName + " c=" + clients,
            loops.count(clients),
            bar -> loops.play(serving, clients, flags.seed, bar));
    double frontendMs = deployment.engine().frontendMs();
    return RunSummary.of(run, clients, 0, frontendMs, deployment.sla());
  }

  /**
   * Plays an open loop.
   *
   * @param factor how many times as fast it arrives
   */
  RunSummary run(Deployment deployment, String policyName, double factor) {
    Policy policy = ReplayPolicies.named(policyName);
    ServingRun serving = new ServingRun(deployment, policy, flags.seed);
    Arrivals arrivals = arrivals(timing.faster(factor));
    RunRecord run = play(policyName, count, bar -> serving.run(arrivals, bar));
    double ceiling = trace == null ? 0 : trace.ceiling();
    double frontendMs = deployment.engine().frontendMs();
    return RunSummary.of(run, 0, ceiling, frontendMs, deployment.sla());
  }

  private Arrivals arrivals(Timing faster) {
    if (trace != null
        && faster instanceof Timing.ByTimestamp(double speedup)
        && flags.engine.followSessions) {
      return new Sessions(trace.all(), speedup);
    }
    return new OpenLoop(requests(), faster);
  }

  private Iterator<LoadRequest> requests() {
    try {
      if (trace != null) {
        return trace.requests();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (synthetic == null) {
      throw new IllegalStateException("no load");
    }
    return synthetic.requests(count, flags.seed);
  }

  private static RunRecord play(String task, int count, Function<LongConsumer, RunRecord> run) {
    if (!StandardError.isTerminal()) {
      return run.apply(_ -> {});
    }
    try (ProgressBar bar = new ProgressBar(task, count)) {
      return run.apply(bar::stepTo);
    }
  }

  /** First lines of a text: what the figures rest on. */
  String preface() {
    return "engine       %s, %d GPUs%nerror        %s%nload         %s%n"
        .formatted(
            deployment().engine().name(),
            deployment().gpus(),
            deployment().engine().provenance().holdOut(),
            load)
        .replace(System.lineSeparator(), "\n");
  }

  /** First fields of a JSON object: what the figures rest on. */
  Map<String, Object> root(CommandSpec spec) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("version", Version.current());
    root.put("inputs", flags.all(spec));
    root.put("deployment", DeploymentFields.of(deployment()));
    root.put("engine", deployment().engine().name());
    root.put("load", load);
    root.put("bad_lines", trace == null ? 0 : trace.badLines());
    root.put("gpus", deployment().gpus());
    return root;
  }

  /** Adds all metrics of a run, named with their units. */
  static void metrics(Map<String, Object> fields, RunSummary run) {
    for (Metric metric : Metric.ALL) {
      fields.put(metric.key(), metric.of().applyAsDouble(run));
    }
  }

  /** One JSON object, ending with a line end. */
  static String json(Map<String, Object> root) {
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    return mapper.writeValueAsString(root) + "\n";
  }

  @Override
  public void close() throws IOException {
    if (trace != null) {
      trace.close();
    }
  }
}
