package dev.warmpath.router.app;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.DeploymentYaml;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.replay.engine.OffloadTier;
import dev.warmpath.router.replay.engine.PoolDefaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns flags or a file into what is to be simulated; complaints name the flag or the line. */
final class EngineDeployment {
  private static final double NANOS_PER_MILLI = 1e6;

  private final EngineFlags flags;
  private final @Nullable Integer workers;
  private final @Nullable Integer ranks;
  private final @Nullable Integer blocks;

  /**
   * @param workers aggregated workers; null when not told
   * @param ranks ranks of each worker; null when not told
   * @param blocks KV blocks of each rank; null when not told
   */
  EngineDeployment(
      EngineFlags flags,
      @Nullable Integer workers,
      @Nullable Integer ranks,
      @Nullable Integer blocks) {
    this.flags = flags;
    this.workers = workers;
    this.ranks = ranks;
    this.blocks = blocks;
  }

  /** What serves, and the policies that the file names. */
  DeploymentYaml.Content read() {
    Path file = flags.deployment;
    if (file == null) {
      return new DeploymentYaml.Content(ofFlags(), List.of());
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("--deployment %s is not a file".formatted(file));
    }
    refuseWhatTheFileSays();
    DeploymentYaml.Content content =
        DeploymentYaml.parse(
            file.toString(), text(file), EngineFiles::read, ReplayPolicies.names());
    return new DeploymentYaml.Content(changed(content.deployment()), content.policies());
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "--deployment %s cannot be read: %s".formatted(file, FileTrouble.of(e)), e);
    }
  }

  /** What a file must say itself: flags that would make another fleet of it. */
  private void refuseWhatTheFileSays() {
    refuse("--engine", flags.engine, "engine");
    refuse("--workers", workers, "pools.aggregated.workers");
    refuse("--prefill-workers", flags.prefillWorkers, "pools.prefill.workers");
    refuse("--decode-workers", flags.decodeWorkers, "pools.decode.workers");
    refuse("--host-cache-blocks", flags.hostCacheBlocks, "host_cache_blocks of a pool");
    refuse("--host-fetch-ms-per-block", flags.hostFetchMillis, "host_fetch_ms_per_block of a pool");
    refuse("--disk-cache-blocks", flags.diskCacheBlocks, "disk_cache_blocks of a pool");
    refuse("--disk-fetch-ms-per-block", flags.diskFetchMillis, "disk_fetch_ms_per_block of a pool");
  }

  private static void refuse(String flag, @Nullable Object given, String field) {
    if (given != null) {
      throw new IllegalArgumentException(
          "%s cannot be given with --deployment: set %s in the file".formatted(flag, field));
    }
  }

  /** The deployment of a file, with the values that flags tell in place of its own. */
  private Deployment changed(Deployment file) {
    List<Pool> pools =
        file.pools().stream().map(pool -> pool.withSetup(told(pool.setup(), pool.role()))).toList();
    requirePrefillPool(pools);
    EventFaults events =
        flags.eventDelayMillis == null
            ? file.events()
            : new EventFaults(eventDelayNanos(), file.events().lossShare());
    return new Deployment(
        file.engine(), pools, events, file.rules(), file.failures(), sla(file.sla()));
  }

  private Deployment ofFlags() {
    if (flags.engine == null) {
      throw new IllegalArgumentException(
          "--engine or --deployment is needed: choose an engine from "
              + String.join(", ", EngineFiles.NAMES));
    }
    return of(EngineFiles.read(flags.engine));
  }

  /** What serves an engine by the flags, whatever engine they name. */
  Deployment of(EngineModel engine) {
    EventFaults faults = new EventFaults(eventDelayNanos(), 0);
    List<Pool> pools = pools(engine);
    requirePrefillPool(pools);
    return new Deployment(engine, pools, faults, RouterRules.NONE, List.of(), sla(Sla.NONE));
  }

  private long eventDelayNanos() {
    double millis = flags.eventDelayMillis == null ? 0 : flags.eventDelayMillis;
    Flags.checkAtLeast("--event-delay-ms", millis, 0);
    return Math.round(millis * NANOS_PER_MILLI);
  }

  private void requirePrefillPool(List<Pool> pools) {
    if (flags.prefillTp != null && pools.stream().noneMatch(pool -> pool.role() == Role.PREFILL)) {
      throw new IllegalArgumentException(
          "--prefill-tp %d is for prefill workers, and there are none".formatted(flags.prefillTp));
    }
  }

  private List<Pool> pools(EngineModel engine) {
    if (flags.prefillWorkers == null && flags.decodeWorkers == null) {
      if (workers == null) {
        throw new IllegalArgumentException(
            "--workers, or --prefill-workers and --decode-workers, must be told");
      }
      return List.of(pool(engine, Role.AGGREGATED, "--workers", workers));
    }
    if (flags.prefillWorkers == null || flags.decodeWorkers == null || workers != null) {
      throw new IllegalArgumentException(
          "--prefill-workers and --decode-workers go together, and without --workers");
    }
    return List.of(
        pool(engine, Role.PREFILL, "--prefill-workers", flags.prefillWorkers),
        pool(engine, Role.DECODE, "--decode-workers", flags.decodeWorkers));
  }

  private Pool pool(EngineModel engine, Role role, String flag, int count) {
    Flags.checkAtLeast(flag, count, 1);
    PoolDefaults setup = told(Pool.defaults(engine, role), role);
    return new Pool(role, count, role == Role.DECODE ? setup : setup.withOffload(offload()));
  }

  /** A setup with what flags tell of all pools of a role. */
  private PoolDefaults told(PoolDefaults defaults, Role role) {
    PoolDefaults setup = defaults;
    if (ranks != null) {
      Flags.checkAtLeast("--ranks", ranks, 1);
      setup = setup.withRanks(ranks);
    }
    if (blocks != null) {
      Flags.checkAtLeast("--blocks", blocks, 1);
      setup = setup.withLimits(setup.limits().withKvBlocks(blocks));
    }
    if (flags.slots != null && role != Role.PREFILL) {
      Flags.checkAtLeast("--slots", flags.slots, 1);
      setup = setup.withLimits(setup.limits().withSlots(flags.slots));
    }
    if (flags.prefillTp != null && role == Role.PREFILL) {
      Flags.checkAtLeast("--prefill-tp", flags.prefillTp, 1);
      setup = setup.withTp(flags.prefillTp);
    }
    if (flags.reuse != null) {
      setup = setup.withReuse(reuse(flags.reuse) && (role != Role.DECODE || setup.reuse()));
    }
    return setup;
  }

  private Offload offload() {
    return new Offload(
        offload("host", flags.hostCacheBlocks, flags.hostFetchMillis),
        offload("disk", flags.diskCacheBlocks, flags.diskFetchMillis));
  }

  private static OffloadTier offload(
      String name, @Nullable Integer blocks, @Nullable Double fetchMillis) {
    String blocksFlag = "--%s-cache-blocks".formatted(name);
    String fetchFlag = "--%s-fetch-ms-per-block".formatted(name);
    if (blocks == null && fetchMillis != null) {
      throw new IllegalArgumentException(
          "%s %s goes with %s".formatted(fetchFlag, fetchMillis, blocksFlag));
    }
    int held = blocks == null ? 0 : blocks;
    double millis = fetchMillis == null ? 0 : fetchMillis;
    Flags.checkAtLeast(blocksFlag, held, 0);
    Flags.checkAtLeast(fetchFlag, millis, 0);
    if (held > 0 && fetchMillis == null) {
      throw new IllegalArgumentException(
          "%s is needed with %s %d".formatted(fetchFlag, blocksFlag, held));
    }
    return new OffloadTier(name, held, millis);
  }

  private static boolean reuse(String value) {
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException("--reuse must be on or off, was " + value);
    };
  }

  /** The limits that the flag tells; the others as in {@code otherwise}. */
  private Sla sla(Sla otherwise) {
    if (flags.sla == null) {
      return otherwise;
    }
    LoopArguments limits = new LoopArguments("--sla", flags.sla, List.of("ttft", "tpot", "e2e"));
    return new Sla(
        limit(limits, "ttft", otherwise.ttftMs()),
        limit(limits, "tpot", otherwise.tpotMs()),
        limit(limits, "e2e", otherwise.e2eMs()));
  }

  private static double limit(LoopArguments limits, String key, double otherwise) {
    return limits.has(key) ? limits.number(key) : otherwise;
  }
}
