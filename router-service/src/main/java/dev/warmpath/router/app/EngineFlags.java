package dev.warmpath.router.app;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags of {@code warmpath replay} for engines whose steps are modelled. */
final class EngineFlags {
  @Option(
      names = "--engine",
      paramLabel = "NAME|FILE",
      description =
          "Engine whose steps are modelled: qwen3-32b-h20, deepseek-r1-h20, vllm-v1-h20,"
              + " deepseek-v3.2-gb200-dep8, dynamo-mocker, or a JSON file of your own. Without"
              + " --prefill-workers, --workers are aggregated.")
  @Nullable String engine;

  @Option(
      names = "--deployment",
      paramLabel = "FILE",
      description =
          "YAML with engine, pools, router, failures and SLA. --policy, --ranks, --blocks, --slots,"
              + " --reuse, --prefill-tp, --event-delay-ms and the --sla of goodput go before its"
              + " values; flags that say what it must say, as --engine or --workers, are refused.")
  @Nullable Path deployment;

  @Option(
      names = "--closed-loop",
      arity = "1..*",
      paramLabel = "KEY=VALUE",
      description =
          "Closed loop in place of a trace: c=1,2,4..128 isl=3000 osl=150 [count=10x] [warmup=2x],"
              + " x meaning times c. All c first requests come at once.")
  @Nullable List<String> closedLoop;

  @Option(
      names = "--open-loop",
      arity = "1..*",
      paramLabel = "KEY=VALUE",
      description =
          "Arrivals by poisson=RATE or constant=RATE in place of a trace's timestamps; without a"
              + " trace, also isl=N osl=N count=N.")
  @Nullable List<String> openLoop;

  @Option(
      names = "--speedup",
      paramLabel = "FACTOR",
      defaultValue = "1",
      description = "Seconds of the trace in a second.")
  double speedup;

  @Option(
      names = "--follow-sessions",
      description =
          "Send each further turn of a session when the answer to the one before has come and its"
              + " delay has passed.")
  boolean followSessions;

  @Option(names = "--skip-bad-lines", description = "Count wrong lines of a trace and go on.")
  boolean skipBadLines;

  @Option(names = "--prefill-workers", paramLabel = "N", description = "Prefill workers.")
  @Nullable Integer prefillWorkers;

  @Option(
      names = "--prefill-tp",
      paramLabel = "N",
      description = "GPUs of a prefill worker; default: as calibrated.")
  @Nullable Integer prefillTp;

  @Option(names = "--decode-workers", paramLabel = "N", description = "Decode workers.")
  @Nullable Integer decodeWorkers;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Requests in work at once on a rank that decodes; default: the engine's.")
  @Nullable Integer slots;

  @Option(
      names = "--reuse",
      paramLabel = "on|off",
      description = "Whether prompts are found in prefix caches; default: the engine's.")
  @Nullable String reuse;

  @Option(
      names = "--host-cache-blocks",
      paramLabel = "N",
      description =
          "Blocks of host memory behind each prefill or aggregated rank, for those that leave its"
              + " KV memory; 0, the default, for none.")
  @Nullable Integer hostCacheBlocks;

  @Option(
      names = "--host-fetch-ms-per-block",
      paramLabel = "MS",
      description = "From host memory back to the device, a block; goes with --host-cache-blocks.")
  @Nullable Double hostFetchMillis;

  @Option(
      names = "--disk-cache-blocks",
      paramLabel = "N",
      description =
          "Blocks of disk behind each prefill or aggregated rank, for those that leave its host"
              + " memory, or its KV memory where there is none; 0, the default, for none.")
  @Nullable Integer diskCacheBlocks;

  @Option(
      names = "--disk-fetch-ms-per-block",
      paramLabel = "MS",
      description = "From disk back to the device, a block; goes with --disk-cache-blocks.")
  @Nullable Double diskFetchMillis;

  @Option(
      names = "--event-delay-ms",
      paramLabel = "MS",
      description = "From the change of a cache to the router's index; default: at once.")
  @Nullable Double eventDelayMillis;

  /** {@code --sla} of {@code warmpath replay}; null when not given. */
  @Nullable List<String> sla;

  @Mixin MeasuredFlags measured = new MeasuredFlags();

  /**
   * Checks what the load is made of, as far as that takes no deployment.
   *
   * @param readsTrace whether there is a TRACE
   * @throws IllegalArgumentException naming the flag and the value
   */
  void checkLoad(boolean readsTrace) {
    Flags.checkAbove("--speedup", speedup, 0);
    if (closedLoop != null && (readsTrace || openLoop != null)) {
      throw new IllegalArgumentException("--closed-loop takes neither TRACE nor --open-loop");
    }
    refuseBesideLoop();
    if (skipBadLines && !readsTrace && (closedLoop != null || openLoop != null)) {
      throw new IllegalArgumentException(
          "--skip-bad-lines is for the lines of a TRACE, and there is none");
    }
    if (closedLoop != null) {
      ClosedLoops.check(closedLoop);
    } else {
      Timings.check(openLoop, readsTrace);
    }
  }

  /** Refuses what only the timestamps of a trace give a meaning, beside a loop with its own. */
  private void refuseBesideLoop() {
    String loop =
        closedLoop != null
            ? "--closed-loop sends when an answer comes"
            : openLoop != null ? "--open-loop says when requests arrive" : null;
    if (loop != null && speedup != 1) {
      throw new IllegalArgumentException(
          "--speedup %s is for the timestamps of a TRACE: %s".formatted(speedup, loop));
    }
    if (loop != null && followSessions) {
      throw new IllegalArgumentException(
          "--follow-sessions is for the timestamps of a TRACE: " + loop);
    }
  }

  /** Whether engines are to be modelled. */
  boolean asked() {
    return engine != null || deployment != null || closedLoop != null || openLoop != null;
  }
}
