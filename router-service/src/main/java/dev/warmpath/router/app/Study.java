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
import dev.warmpath.router.replay.report.RunSummary;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.ServingRun;
import dev.warmpath.router.replay.study.Metric;
import dev.warmpath.router.route.Policy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * One open-loop load, played on as many deployments as a question takes. Every run starts with
 * empty caches and the same seed. One thread.
 */
final class Study implements AutoCloseable {
  private static final List<String> OPEN = List.of("poisson", "constant", "isl", "osl", "count");
  private static final List<String> DEFAULT_POLICIES = List.of("kv", "round_robin");
  private static final int DEFAULT_COUNT = 1_000;

  private final StudyFlags flags;
  private final DeploymentYaml.Content content;
  private final Timing timing;
  private final String load;
  private final @Nullable TraceLoad trace;
  private final @Nullable Synthetic synthetic;
  private final int count;

  private Study(StudyFlags flags) throws IOException {
    EngineFlags engine = flags.engine;
    if (engine.closedLoop != null) {
      throw new IllegalArgumentException(
          "--closed-loop cannot be studied: give TRACE or --open-loop");
    }
    engine.measured.refuse();
    Flags.checkAtLeast("--block-size", flags.blockSize, 1);
    Flags.checkAtMost("--block-size", flags.blockSize, Worker.MAX_BLOCK_SIZE);
    Flags.checkAbove("--speedup", engine.speedup, 0);
    this.flags = flags;
    this.content = new EngineDeployment(engine, flags.workers, flags.ranks, flags.blocks).read();
    policies(DEFAULT_POLICIES).forEach(ReplayCommand::policy);
    LoopArguments loop =
        new LoopArguments(
            "--open-loop", engine.openLoop == null ? List.of() : engine.openLoop, OPEN);
    this.timing = timing(loop);
    Path file = flags.trace;
    if (file == null) {
      if (timing instanceof Timing.ByTimestamp) {
        throw new IllegalArgumentException("TRACE is missing: name a file, or give --open-loop");
      }
      int outputTokens = loop.whole("osl", null);
      this.trace = null;
      this.synthetic =
          new Synthetic(
              loop.whole("isl", null),
              outputTokens,
              deployment().engine().outputLengths(outputTokens));
      this.count = loop.whole("count", DEFAULT_COUNT);
      this.load =
          "%s, %d prompt tokens, up to %d output tokens"
              .formatted(describe(), synthetic.inputTokens(), outputTokens);
    } else {
      TraceBlocks blocks = new TraceBlocks(flags.blockSize, deployment().blockSize());
      this.trace = TraceLoad.open(file, blocks, engine.skipBadLines, engine.followSessions);
      this.synthetic = null;
      this.count = trace.knownSize();
      this.load = "trace %s, %s".formatted(file.getFileName(), describe());
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

  private Timing timing(LoopArguments loop) {
    if (loop.has("poisson") && loop.has("constant")) {
      throw new IllegalArgumentException("--open-loop takes poisson or constant, not both");
    }
    if (loop.has("poisson")) {
      return new Timing.Poisson(loop.number("poisson"), flags.seed);
    }
    return loop.has("constant")
        ? new Timing.Constant(loop.number("constant"))
        : new Timing.ByTimestamp(flags.engine.speedup);
  }

  private String describe() {
    return switch (timing) {
      case Timing.Poisson(double rate, long seed) ->
          "Poisson arrivals, %s a second, seed %d".formatted(rate, seed);
      case Timing.Constant(double rate) -> "arrivals at a constant %s a second".formatted(rate);
      case Timing.ByTimestamp(double speedup) ->
          (flags.engine.followSessions ? "sessions followed" : "arrivals by timestamp")
              + (speedup == 1 ? "" : ", times divided by " + speedup);
    };
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

  /**
   * Plays the load.
   *
   * @param factor how many times as fast it arrives
   */
  RunSummary run(Deployment deployment, String policyName, double factor) {
    Policy policy = ReplayCommand.policy(policyName);
    ServingRun serving = new ServingRun(deployment, policy, flags.seed);
    RunRecord run = play(policyName, serving, arrivals(timing.faster(factor)));
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

  private RunRecord play(String policy, ServingRun serving, Arrivals arrivals) {
    if (!StandardError.isTerminal()) {
      return serving.run(arrivals, _ -> {});
    }
    try (ProgressBar bar = new ProgressBar(policy, count)) {
      return serving.run(arrivals, bar::stepTo);
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
