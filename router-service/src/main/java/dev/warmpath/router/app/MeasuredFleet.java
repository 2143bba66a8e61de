package dev.warmpath.router.app;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.PoolDefaults;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** Flags of {@code warmpath replay calibrate} that say what served when it was measured. */
final class MeasuredFleet {
  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Aggregated workers that were measured; needless where a table's config has mode agg with"
              + " workers, or disagg with prefill_workers and decode_workers.")
  private @Nullable Integer workers;

  @Option(
      names = "--prefill-workers",
      paramLabel = "N",
      description = "Prefill workers that were measured.")
  private @Nullable Integer prefillWorkers;

  @Option(
      names = "--decode-workers",
      paramLabel = "N",
      description = "Decode workers that were measured.")
  private @Nullable Integer decodeWorkers;

  @Option(
      names = "--prefill-tp",
      paramLabel = "N",
      description = "GPUs of a prefill worker; goes with --prefill-workers.")
  private @Nullable Integer prefillTp;

  /**
   * What served: as flags say, else as a table's config does.
   *
   * @param engine its name or file, for complaints
   * @throws IllegalArgumentException naming the flag or the field that is wrong
   */
  Deployment of(String engine, EngineModel model, JsonNode config) {
    if (workers == null && prefillWorkers == null && decodeWorkers == null && config.has("mode")) {
      if (prefillTp != null) {
        throw new IllegalArgumentException(
            "--prefill-tp %d needs --prefill-workers and --decode-workers: without them the table's"
                    .formatted(prefillTp)
                + " config says what served, prefill_tp too");
      }
      return told(model, config);
    }
    EngineFlags flags = new EngineFlags();
    flags.engine = engine;
    flags.prefillWorkers = prefillWorkers;
    flags.decodeWorkers = decodeWorkers;
    flags.prefillTp = prefillTp;
    return new EngineDeployment(flags, workers, null, null).of(model);
  }

  private static Deployment told(EngineModel model, JsonNode config) {
    String mode = config.path("mode").asString("");
    List<Pool> pools =
        switch (mode) {
          case "agg" -> List.of(pool(model, config, Role.AGGREGATED, "workers", "tp"));
          case "disagg" ->
              List.of(
                  pool(model, config, Role.PREFILL, "prefill_workers", "prefill_tp"),
                  pool(model, config, Role.DECODE, "decode_workers", "decode_tp"));
          default ->
              throw new IllegalArgumentException(
                  "config.mode must be agg or disagg, was '%s'".formatted(mode));
        };
    return new Deployment(model, pools, EventFaults.NONE, RouterRules.NONE, List.of(), Sla.NONE);
  }

  private static Pool pool(
      EngineModel model, JsonNode config, Role role, String workers, String tp) {
    PoolDefaults setup = Pool.defaults(model, role);
    int gpus = config.path(tp).asInt(setup.tp());
    return new Pool(role, config.path(workers).asInt(0), setup.withTp(gpus));
  }
}
