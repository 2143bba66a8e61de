package dev.warmpath.router.replay.serve;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.EventFaults;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.engine.EngineModel;
import dev.warmpath.router.replay.engine.EngineModelJson;
import dev.warmpath.router.replay.engine.PoolDefaults;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The engines that ship, and common deployments of them. */
final class Engines {
  private Engines() {}

  static EngineModel named(String name) {
    String resource = "/dev/warmpath/router/app/engines/" + name + ".json";
    try (InputStream in = Engines.class.getResourceAsStream(resource)) {
      byte[] json = Objects.requireNonNull(in, resource).readAllBytes();
      return EngineModelJson.read(resource, new String(json, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Deployment disaggregated(EngineModel engine, int prefill, int tp, int decode) {
    return deployment(
        engine,
        new Pool(Role.PREFILL, prefill, setup(engine, Role.PREFILL).withTp(tp)),
        new Pool(Role.DECODE, decode, setup(engine, Role.DECODE)));
  }

  static Deployment aggregated(EngineModel engine, int workers) {
    return deployment(engine, new Pool(Role.AGGREGATED, workers, setup(engine, Role.AGGREGATED)));
  }

  static Deployment deployment(EngineModel engine, Pool... pools) {
    return new Deployment(
        engine, List.of(pools), EventFaults.NONE, RouterRules.NONE, List.of(), Sla.NONE);
  }

  static PoolDefaults setup(EngineModel engine, Role role) {
    return Objects.requireNonNull(engine.pool(role));
  }
}
