package dev.warmpath.router.replay.deploy;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.replay.engine.OffloadTier;
import dev.warmpath.router.replay.engine.PoolDefaults;
import dev.warmpath.router.replay.engine.RankLimits;
import dev.warmpath.router.settings.YamlFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** Reads a {@link Deployment} from YAML; docs/simulation.md describes the fields. */
public final class DeploymentYaml {
  private static final List<String> ROOT = List.of("engine", "pools", "router", "failures", "sla");
  private static final List<String> POOLS = List.of("prefill", "decode", "aggregated");
  private static final List<String> POOL =
      List.of(
          "workers",
          "ranks",
          "tp",
          "slots",
          "preemption",
          "step_tokens",
          "prompts_per_step",
          "block_size",
          "kv_blocks",
          "reuse",
          "shared_queue",
          "host_cache_blocks",
          "host_fetch_ms_per_block",
          "disk_cache_blocks",
          "disk_fetch_ms_per_block",
          "kv_bytes_per_block",
          "labels");
  private static final List<String> FAILURE = List.of("pool", "worker", "at_s", "for_s");
  private static final List<String> SLA = List.of("ttft_ms", "tpot_ms", "e2e_ms");
  private static final double NANOS_PER_SECOND = 1e9;

  private DeploymentYaml() {}

  /**
   * A file's content.
   *
   * @param deployment what serves
   * @param policies names of the router's policies, in order; empty when not told
   */
  public record Content(Deployment deployment, List<String> policies) {
    public Content {
      policies = List.copyOf(policies);
    }
  }

  /**
   * Reads a file.
   *
   * @param file its name, for messages
   * @param engines finds the engine by name or path; throws {@link IllegalArgumentException}
   * @param policies names of the policies that the file may list
   * @throws IllegalArgumentException naming file, line, field and value
   */
  public static Content parse(
      String file, String text, Function<String, EngineModel> engines, List<String> policies) {
    YamlFields root = YamlFields.parse(file, text, ROOT);
    try {
      return content(root, engines, policies);
    } catch (MisfitException e) {
      throw root.at(e.path(), String.valueOf(e.getMessage()));
    }
  }

  private static Content content(
      YamlFields root, Function<String, EngineModel> engines, List<String> known) {
    EngineModel engine = root.value("engine", engines);
    List<Pool> pools = pools(root.mapping("pools", POOLS), engine);
    List<String> policies = List.of();
    EventFaults faults = EventFaults.NONE;
    RouterRules rules = RouterRules.NONE;
    if (root.has("router")) {
      YamlFields router = root.mapping("router", RouterYaml.FIELDS);
      policies = router.words("policies", known);
      faults = RouterYaml.faults(router);
      rules = RouterYaml.rules(router);
    }
    List<Failure> failures = new ArrayList<>();
    for (YamlFields failure : root.mappings("failures", FAILURE)) {
      failures.add(failure.value(() -> failure(failure)));
    }
    Sla sla = root.has("sla") ? sla(root.mapping("sla", SLA)) : Sla.NONE;
    return new Content(new Deployment(engine, pools, faults, rules, failures, sla), policies);
  }

  private static List<Pool> pools(YamlFields fields, EngineModel engine) {
    List<Pool> pools = new ArrayList<>();
    for (String name : POOLS) {
      if (fields.has(name)) {
        YamlFields pool = fields.mapping(name, POOL);
        pools.add(pool.value(() -> pool(pool, engine, role(name))));
      }
    }
    return pools;
  }

  private static Role role(String name) {
    return Role.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private static Pool pool(YamlFields fields, EngineModel engine, Role role) {
    PoolDefaults defaults = Pool.defaults(engine, role);
    RankLimits limits = defaults.limits();
    RankLimits own =
        new RankLimits(
            fields.count("slots", limits.slots(), 1),
            fields.count("step_tokens", limits.stepTokens(), 1),
            fields.count("prompts_per_step", limits.promptsPerStep(), 1),
            fields.count("block_size", limits.blockSize(), 1),
            fields.count("kv_blocks", limits.kvBlocks(), 1),
            fields.flag("preemption", limits.preemption()));
    return new Pool(
        role,
        fields.count("workers", 1),
        new PoolDefaults(
            fields.count("ranks", defaults.ranks(), 1),
            fields.count("tp", defaults.tp(), 1),
            own,
            fields.flag("reuse", defaults.reuse()),
            fields.flag("shared_queue", defaults.sharedQueue()),
            new Offload(offload(fields, "host"), offload(fields, "disk"))),
        new Wiring(
            fields.whole("kv_bytes_per_block", 0, 1, Long.MAX_VALUE),
            fields.has("labels") ? fields.listsByName("labels") : Map.of()));
  }

  private static OffloadTier offload(YamlFields fields, String name) {
    OffloadTier none = new OffloadTier(name, 0, 0);
    int blocks = fields.count(none.blocksField(), 0, 0);
    if (blocks > 0 && !fields.has(none.fetchField())) {
      throw fields.complaint(
          none.fetchField(), "is missing beside %s %d".formatted(none.blocksField(), blocks));
    }
    if (fields.has(none.fetchField()) && !fields.has(none.blocksField())) {
      throw fields.complaint(
          none.blocksField(),
          "is missing beside %s %s".formatted(none.fetchField(), fields.text(none.fetchField())));
    }
    return new OffloadTier(name, blocks, fields.number(none.fetchField(), 0));
  }

  private static Failure failure(YamlFields fields) {
    return new Failure(
        role(fields.word("pool", POOLS)),
        fields.count("worker", 0),
        Math.round(fields.number("at_s", 0) * NANOS_PER_SECOND),
        fields.has("for_s")
            ? Math.round(fields.aboveZero("for_s") * NANOS_PER_SECOND)
            : Failure.FOR_GOOD);
  }

  private static Sla sla(YamlFields fields) {
    return new Sla(
        fields.aboveZero("ttft_ms", Double.POSITIVE_INFINITY),
        fields.aboveZero("tpot_ms", Double.POSITIVE_INFINITY),
        fields.aboveZero("e2e_ms", Double.POSITIVE_INFINITY));
  }
}
