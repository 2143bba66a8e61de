package dev.warmpath.router.app;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.DeploymentYaml;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.HostCache;
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
  DeploymentYaml.Content read() throws IOException {
    Path file = flags.deployment;
    if (file == null) {
      return new DeploymentYaml.Content(ofFlags(), List.of());
    }
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("--deployment %s is not a file".formatted(file));
    }
    if (flags.engine != null || workers != null || flags.prefillWorkers != null) {
      throw new IllegalArgumentException(
          "--deployment says what --engine, --workers and --prefill-workers would say");
    }
    if (flags.hostCacheBlocks != null || flags.hostFetchMillis != null) {
      throw new IllegalArgumentException(
          "--deployment says what --host-cache-blocks and --host-fetch-ms-per-block would say");
    }
    return DeploymentYaml.parse(file.toString(), Files.readString(file), EngineFiles::read);
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
    Flags.checkAtLeast("--event-delay-ms", flags.eventDelayMillis, 0);
    EventFaults faults = new EventFaults(Math.round(flags.eventDelayMillis * NANOS_PER_MILLI), 0);
    return new Deployment(engine, pools(engine), faults, List.of(), sla());
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
    PoolDefaults setup = Pool.defaults(engine, role);
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
    if (flags.reuse != null && role != Role.DECODE) {
      setup = setup.withReuse(reuse(flags.reuse));
    }
    if (role != Role.DECODE) {
      setup = setup.withHost(host());
    }
    return new Pool(role, count, setup);
  }

  private HostCache host() {
    int blocks = flags.hostCacheBlocks == null ? 0 : flags.hostCacheBlocks;
    double millis = flags.hostFetchMillis == null ? 0 : flags.hostFetchMillis;
    Flags.checkAtLeast("--host-cache-blocks", blocks, 0);
    Flags.checkAtLeast("--host-fetch-ms-per-block", millis, 0);
    if (blocks > 0 && flags.hostFetchMillis == null) {
      throw new IllegalArgumentException(
          "--host-fetch-ms-per-block is needed with --host-cache-blocks " + blocks);
    }
    return new HostCache(blocks, millis);
  }

  private static boolean reuse(String value) {
    return switch (value) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new IllegalArgumentException("--reuse must be on or off, was " + value);
    };
  }

  private Sla sla() {
    if (flags.sla == null) {
      return Sla.NONE;
    }
    LoopArguments limits = new LoopArguments("--sla", flags.sla, List.of("ttft", "tpot", "e2e"));
    return new Sla(limit(limits, "ttft"), limit(limits, "tpot"), limit(limits, "e2e"));
  }

  private static double limit(LoopArguments limits, String key) {
    return limits.has(key) ? limits.number(key) : Double.POSITIVE_INFINITY;
  }
}
