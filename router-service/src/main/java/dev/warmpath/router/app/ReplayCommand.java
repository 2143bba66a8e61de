package dev.warmpath.router.app;

import static java.util.Objects.requireNonNull;

import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replay.Ceilings;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.PolicyReplay;
import dev.warmpath.router.replay.PolicyReport;
import dev.warmpath.router.replay.ReplayOptions;
import dev.warmpath.router.replay.ReplayReport;
import dev.warmpath.router.replay.ReplayReport.TraceSize;
import dev.warmpath.router.replay.ReplayReportFormat;
import dev.warmpath.router.replay.SynthesisOptions;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.TraceSynthesizer;
import dev.warmpath.router.replay.load.WholeTrace;
import dev.warmpath.router.route.Policy;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.IntConsumer;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code warmpath replay}: plays traces under several policies, or makes one. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Plays a request trace on a simulated fleet under each policy and reports cache hits, time to"
          + " first token and balance, against what any router could reach.",
      "A target computes one prompt at a time; the part it holds costs nothing. Hits are what it"
          + " holds when the prompt's turn comes. Decoding goes on beside it at 20 ms a token."
    })
final class ReplayCommand implements Callable<Integer> {
  private static final Duration DECODE_TIME_PER_TOKEN = Duration.ofMillis(20);
  private static final int MAX_TARGETS = LedgerLimits.DEFAULT.maxTargets();
  private static final String REPORT_FILE = "report.json";
  private static final String ENGINE_FLAGS = "engine";

  /** Flags that say where results go, and not what is replayed. */
  private static final Set<String> UNECHOED = Set.of("--out", "--format", "--help", "--version");

  /** Flags that go with {@code --synthesize}, beside its own. */
  private static final Set<String> OF_SYNTHESIS = Set.of("--block-size", "--seed", "--out");

  /** Flags whose default does not hold for engines whose steps are modelled. */
  private static final Set<String> DEFAULT_OF_PLAIN_ENGINES =
      Set.of("--policy", "--workers", "--ranks", "--blocks");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "TRACE",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = {
        "Mooncake JSONL, plain or gzip. Of several files, one that starts when or after the file"
            + " before it ended goes on with it; any other is played after it, sharing no prefix."
      })
  private List<Path> traces = new ArrayList<>();

  @Option(
      names = "--policy",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "kv,round_robin",
      description = {
        "Policies to compare: kv, round_robin, random, power_of_two, least_loaded, lmetric; and of"
            + " other routers dynamo, sglang_cache_aware, llm_d, preble."
      })
  private List<String> policyNames = new ArrayList<>();

  @Option(names = "--workers", paramLabel = "N", defaultValue = "16", description = "Workers.")
  private int workers;

  @Option(
      names = "--ranks",
      paramLabel = "N",
      defaultValue = "1",
      description = "Data-parallel ranks a worker.")
  private int ranks;

  @Option(
      names = "--blocks",
      paramLabel = "N",
      defaultValue = "5000",
      description = "Blocks that a rank can hold, or endless.",
      converter = BlockLimit.class)
  private int blocks;

  @Option(
      names = "--block-size",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens in a trace's block.")
  private int blockSize;

  @Option(
      names = "--prefill-rate",
      paramLabel = "TOKENS/S",
      description =
          "Prompt tokens that a rank computes in a second. Default: the rate that --load asks for.")
  private @Nullable Double prefillRate;

  @Option(
      names = "--load",
      paramLabel = "SHARE",
      defaultValue = "0.9",
      description =
          "Share of the time that ranks would be busy if nothing were cached; sets the prefill rate"
              + " where --prefill-rate does not.")
  private double load;

  @ArgGroup(exclusive = false, heading = "%nWorkers without KV events:%n")
  private ApproximateFlags approximate = new ApproximateFlags();

  @ArgGroup(exclusive = false, heading = "%nTo let things go wrong:%n")
  private FaultFlags faults = new FaultFlags();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Where all chance comes from.")
  private long seed;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json.",
      converter = OutputFormat.Converter.class)
  private OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = "--out",
      paramLabel = "PATH",
      description =
          "Folder for " + REPORT_FILE + "; with --synthesize, the trace file instead of output.")
  private @Nullable Path out;

  @Option(
      names = "--sla",
      arity = "1..*",
      paramLabel = "KEY=VALUE",
      description = "Limits for goodput: ttft=MS tpot=MS e2e=MS.")
  private @Nullable List<String> sla;

  @Mixin(name = ENGINE_FLAGS)
  private EngineFlags engine = new EngineFlags();

  @ArgGroup(exclusive = false, heading = "%nTo make a trace instead of playing one:%n")
  private @Nullable SynthesisFlags synthesis;

  @Override
  public Integer call() throws IOException {
    try {
      Flags.checkAtLeast("--block-size", blockSize, 1);
      Flags.checkAtMost("--block-size", blockSize, Worker.MAX_BLOCK_SIZE);
      if (synthesis == null && engine.asked()) {
        replayOnEngines();
      } else if (synthesis == null) {
        replay();
      } else {
        synthesize(synthesis.options(blockSize, seed));
      }
      return CommandLine.ExitCode.OK;
    } catch (IllegalArgumentException | TraceFormatException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void replayOnEngines() throws IOException {
    ParseResult given = spec.commandLine().getParseResult();
    PlainEngineFlags.refuse(given);
    SequencedMap<String, String> all = new LinkedHashMap<>();
    if (!traces.isEmpty()) {
      all.put("TRACE", TraceLoad.name(traces));
    }
    for (OptionSpec option : spec.options()) {
      String name = option.longestName();
      boolean counts =
          option.group() == null
              && !UNECHOED.contains(name)
              && !PlainEngineFlags.names().contains(name)
              && (!DEFAULT_OF_PLAIN_ENGINES.contains(name) || given.hasMatchedOption(name));
      if (counts && option.getValue() != null) {
        all.put(name.substring(2), option.getValue().toString());
      }
    }
    EngineReplay.Inputs inputs =
        new EngineReplay.Inputs(
            traces,
            given.hasMatchedOption("--policy") ? policyNames : List.of(),
            given.hasMatchedOption("--workers") ? workers : null,
            given.hasMatchedOption("--ranks") ? ranks : null,
            given.hasMatchedOption("--blocks") ? blocks : null,
            blockSize,
            seed,
            out,
            all);
    engine.sla = sla;
    PrintWriter text = spec.commandLine().getOut();
    try {
      text.print(new EngineReplay(engine, inputs, ReplayPolicies::named).run(format));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    text.flush();
  }

  private void synthesize(SynthesisOptions options) {
    if (!traces.isEmpty()) {
      throw new IllegalArgumentException(
          "--synthesize reads no trace, but TRACE is " + traces.getFirst());
    }
    GivenFlags.refuse(
        spec.commandLine().getParseResult(),
        flag -> !goesWithSynthesis(flag),
        "is not for --synthesize, which makes a trace and plays none");
    if (out == null) {
      PrintWriter text = spec.commandLine().getOut();
      TraceSynthesizer.synthesize(options, made -> text.print(made.toLine() + "\n"));
      text.flush();
      return;
    }
    write(out, options);
  }

  private static boolean goesWithSynthesis(OptionSpec flag) {
    ArgGroupSpec group = flag.group();
    boolean isItsOwn =
        group != null
            && group.options().stream()
                .anyMatch(other -> other.longestName().equals("--synthesize"));
    return isItsOwn || OF_SYNTHESIS.contains(flag.longestName());
  }

  private static void write(Path file, SynthesisOptions options) {
    try (BufferedWriter text = Files.newBufferedWriter(file)) {
      PrintWriter lines = new PrintWriter(text);
      TraceSynthesizer.synthesize(options, made -> lines.print(made.toLine() + "\n"));
      if (lines.checkError()) {
        throw new IOException("no room or no right to write");
      }
    } catch (IOException e) {
      throw OutPath.cannotBeWritten(file, e);
    }
  }

  private static void write(Path folder, String json) {
    try {
      ReportFiles.removeFrom(folder);
      Files.writeString(folder.resolve(REPORT_FILE), json);
    } catch (IOException e) {
      throw OutPath.cannotBeWritten(folder, e);
    }
  }

  private void replay() throws IOException {
    checkFlags();
    policyNames.forEach(ReplayPolicies::named);
    WholeTrace read = WholeTrace.read(traces, blockSize, engine.skipBadLines);
    ReplayOptions options = options(read.trace());
    if (out != null) {
      OutPath.requireFolder(out);
    }
    ReplayReport report = report(read, options, policyNames);
    PrintWriter text = spec.commandLine().getOut();
    String json = ReplayReportFormat.json(report);
    text.print(
        switch (format) {
          case TABLE -> ReplayReportFormat.table(report, options, blockSize);
          case JSON -> json;
        });
    text.flush();
    if (out != null) {
      write(out, json);
    }
  }

  /** Whether a flag says something of engines whose steps are modelled, and of no others. */
  private boolean isOfModelledEngines(OptionSpec flag) {
    CommandSpec flags = requireNonNull(spec.mixins().get(ENGINE_FLAGS));
    String name = flag.longestName();
    boolean isPlain = name.equals("--skip-bad-lines");
    return !isPlain && (flags.findOption(name) != null || name.equals("--sla"));
  }

  private void checkFlags() {
    GivenFlags.refuse(
        spec.commandLine().getParseResult(),
        this::isOfModelledEngines,
        "is for engines whose steps are modelled: it goes with --engine or --deployment");
    if (traces.isEmpty()) {
      throw new IllegalArgumentException("TRACE is missing: name a file, or give --synthesize");
    }
    TraceLoad.requireReadable(traces);
    Flags.checkAtLeast("--workers", workers, 1);
    Flags.checkAtMost("--workers", workers, MAX_TARGETS);
    Flags.checkAtLeast("--ranks", ranks, 1);
    Flags.checkAtMost("--ranks", ranks, Worker.MAX_RANKS);
    Flags.checkAtMost("--workers times --ranks", (long) workers * ranks, MAX_TARGETS);
    Flags.checkAtLeast("--blocks", blocks, 1);
    Flags.checkAbove("--load", load, 0);
    if (prefillRate != null) {
      Flags.checkAbove("--prefill-rate", prefillRate, 0);
    }
  }

  /** A number, or {@code endless}. */
  static final class BlockLimit implements CommandLine.ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      try {
        return value.equals("endless") ? ReplayOptions.ENDLESS : Integer.parseInt(value);
      } catch (NumberFormatException e) {
        throw new CommandLine.TypeConversionException(
            "'%s' is neither a whole number up to %d nor endless"
                .formatted(value, Integer.MAX_VALUE));
      }
    }
  }

  private ReplayOptions options(Trace trace) {
    if (prefillRate == null && trace.durationNanos() == 0) {
      throw new IllegalArgumentException(
          "--prefill-rate is needed, since all requests of the trace arrive at one instant");
    }
    double rate =
        prefillRate == null ? ReplayOptions.prefillRate(trace, workers * ranks, load) : prefillRate;
    EngineSpeed speed =
        new EngineSpeed(rate, DECODE_TIME_PER_TOKEN.toNanos(), EngineSpeed.UNLIMITED);
    return new ReplayOptions(
        workers, ranks, blocks, speed, seed, faults.faults(), approximate.placedLife());
  }

  private static ReplayReport report(
      WholeTrace read, ReplayOptions options, List<String> policyNames) {
    Trace trace = read.trace();
    List<PolicyReport> reports = new ArrayList<>();
    for (String name : policyNames) {
      Policy policy = ReplayPolicies.named(name);
      PolicyReplay replay = new PolicyReplay(trace, options, policy);
      reports.add(withProgress(policy.policyName(), trace.requests().size(), replay::run));
    }
    Ceilings ceilings = Ceilings.of(trace, options.pooledBlocks());
    return new ReplayReport(TraceSize.of(trace, read.badLines()), ceilings, reports);
  }

  /** Shows a bar while {@code work} goes on, if a person is there to see it. */
  private static <T> T withProgress(String task, int steps, Function<IntConsumer, T> work) {
    if (!StandardError.isTerminal()) {
      return work.apply(_ -> {});
    }
    try (ProgressBar bar = new ProgressBar(task, steps)) {
      return work.apply(bar::stepTo);
    }
  }
}
