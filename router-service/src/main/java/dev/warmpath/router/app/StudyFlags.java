package dev.warmpath.router.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Flags of the commands that answer a question with many simulated runs. */
final class StudyFlags {
  private static final Set<String> UNECHOED = Set.of("--format", "--help", "--version");

  @Parameters(
      paramLabel = "TRACE",
      showDefaultValue = CommandLine.Help.Visibility.NEVER,
      description = {
        "Mooncake JSONL or CSV, plain or gzip; several files as for 'warmpath replay'. Without it,"
            + " --open-loop makes the load."
      })
  List<Path> traces = new ArrayList<>();

  @Option(
      names = "--policy",
      split = ",",
      paramLabel = "NAME",
      description = "Policies; without it, those of --deployment, else kv,round_robin.")
  @Nullable List<String> policies;

  @Option(names = "--workers", paramLabel = "N", description = "Aggregated workers.")
  @Nullable Integer workers;

  @Option(names = "--ranks", paramLabel = "N", description = "Ranks a worker; else the engine's.")
  @Nullable Integer ranks;

  @Option(
      names = "--blocks",
      paramLabel = "N",
      description = "KV blocks of a rank; else the engine's.")
  @Nullable Integer blocks;

  @Option(
      names = "--block-size",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens in a trace's block.")
  int blockSize;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Where all chance comes from.")
  long seed;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json.",
      converter = OutputFormat.Converter.class)
  OutputFormat format = OutputFormat.TABLE;

  @Mixin EngineFlags engine = new EngineFlags();

  /** Every input by name, as given or by default. */
  SequencedMap<String, String> all(CommandSpec spec) {
    SequencedMap<String, String> all = new LinkedHashMap<>();
    if (!traces.isEmpty()) {
      all.put("TRACE", TraceLoad.name(traces));
    }
    for (OptionSpec option : spec.options()) {
      if (!UNECHOED.contains(option.longestName()) && option.getValue() != null) {
        all.put(option.longestName().substring(2), option.getValue().toString());
      }
    }
    return all;
  }
}
