package dev.warmpath.router.replay.study;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.engine.PoolDefaults;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** What a sweep varies. Its name in lower case is what people write. */
public enum Dimension {
  /** Policy of the router. */
  ROUTER,
  /** Whether prompts are found in prefix caches: on or off. */
  REUSE,
  /** Requests in work at once on a rank that decodes. */
  SLOTS,
  /** KV blocks of a rank. */
  BLOCKS,
  /** Workers of an aggregated pool. */
  WORKERS,
  /** Workers of the prefill pool. */
  PREFILL_WORKERS,
  /** Workers of the decode pool. */
  DECODE_WORKERS;

  /** Name that people write. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The dimension of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Dimension named(String label) {
    for (Dimension dimension : values()) {
      if (dimension.label().equals(label)) {
        return dimension;
      }
    }
    throw new IllegalArgumentException(
        "'%s' cannot be varied: choose from %s"
            .formatted(
                label,
                String.join(", ", List.of(values()).stream().map(Dimension::label).toList())));
  }

  /**
   * What is tried when no values are told: both routers and both reuses; of numbers, half of what
   * the deployment has, that, and twice that.
   *
   * @throws IllegalArgumentException if the deployment has no such pool
   */
  public List<String> defaultValues(Deployment deployment) {
    return switch (this) {
      case ROUTER -> List.of("kv", "round_robin");
      case REUSE -> List.of("on", "off");
      case SLOTS -> around(deployment.decodePool().setup().limits().slots());
      case BLOCKS -> around(deployment.promptPool().setup().limits().kvBlocks());
      case WORKERS -> around(pool(deployment, Role.AGGREGATED).workers());
      case PREFILL_WORKERS -> around(pool(deployment, Role.PREFILL).workers());
      case DECODE_WORKERS -> around(pool(deployment, Role.DECODE).workers());
    };
  }

  private static List<String> around(int value) {
    return IntStream.of(Math.max(1, value / 2), value, (int) Math.min(2L * value, 1 << 30))
        .distinct()
        .mapToObj(Integer::toString)
        .toList();
  }

  /**
   * A deployment with another value; the router is not a part of it.
   *
   * @throws IllegalArgumentException naming dimension and value, if the value does not fit
   */
  public Deployment apply(Deployment deployment, String value) {
    return switch (this) {
      case ROUTER -> deployment;
      case REUSE -> {
        boolean on = flag(value);
        yield setups(deployment, role -> !on || role != Role.DECODE, setup -> setup.withReuse(on));
      }
      case SLOTS -> {
        int slots = whole(value);
        yield setups(
            deployment,
            role -> role != Role.PREFILL,
            setup -> setup.withLimits(setup.limits().withSlots(slots)));
      }
      case BLOCKS -> {
        int blocks = whole(value);
        yield setups(
            deployment, _ -> true, setup -> setup.withLimits(setup.limits().withKvBlocks(blocks)));
      }
      case WORKERS -> workers(deployment, Role.AGGREGATED, whole(value));
      case PREFILL_WORKERS -> workers(deployment, Role.PREFILL, whole(value));
      case DECODE_WORKERS -> workers(deployment, Role.DECODE, whole(value));
    };
  }

  private static Deployment setups(
      Deployment deployment, Predicate<Role> which, UnaryOperator<PoolDefaults> change) {
    return deployment.withPools(
        deployment.pools().stream()
            .map(
                pool -> which.test(pool.role()) ? pool.withSetup(change.apply(pool.setup())) : pool)
            .toList());
  }

  private Deployment workers(Deployment deployment, Role role, int workers) {
    pool(deployment, role);
    return deployment.withPools(
        deployment.pools().stream()
            .map(pool -> pool.role() == role ? pool.withWorkers(workers) : pool)
            .toList());
  }

  private Pool pool(Deployment deployment, Role role) {
    return deployment.pools().stream()
        .filter(pool -> pool.role() == role)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s cannot be varied: the deployment has no %s workers"
                    .formatted(label(), role.name().toLowerCase(Locale.ROOT))));
  }

  private boolean flag(String value) {
    if (value.equals("on") || value.equals("off")) {
      return value.equals("on");
    }
    throw new IllegalArgumentException("%s must be on or off, was '%s'".formatted(label(), value));
  }

  private int whole(String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(wrong(value), e);
    }
    throw new IllegalArgumentException(wrong(value));
  }

  private String wrong(String value) {
    return "%s must be a whole number from 1, was '%s'".formatted(label(), value);
  }
}
