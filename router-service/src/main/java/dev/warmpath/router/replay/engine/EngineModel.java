package dev.warmpath.router.replay.engine;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.replay.SimulatedCache;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A serving engine on given GPUs: its times and how it is set up. Immutable.
 *
 * @param name its name
 * @param provenance where the constants come from
 * @param frontendMs added to each latency: frontend, queue hops, streaming; milliseconds
 * @param transfer KV from prefill to decode workers
 * @param times of its steps
 * @param pools how workers of each role are set up; roles that it has no times for are missing
 * @param outputLengths of the benchmark that it was calibrated on, where not as asked for
 */
public record EngineModel(
    String name,
    Provenance provenance,
    double frontendMs,
    TransferTime transfer,
    Times times,
    Map<Role, PoolDefaults> pools,
    List<OutputLengths> outputLengths) {

  public EngineModel {
    Constants.requireNotNegative("frontend_ms", frontendMs);
    pools = Map.copyOf(pools);
    outputLengths = List.copyOf(outputLengths);
  }

  /**
   * Time from the end of a prompt's prefill to its KV being where it decodes; the prefill worker is
   * free meanwhile, and transfers do not slow one another.
   *
   * @param baseMs milliseconds
   * @param perTokenMs milliseconds a prompt token
   */
  public record TransferTime(double baseMs, double perTokenMs) {
    public TransferTime {
      Constants.requireNotNegative("transfer.base_ms", baseMs);
      Constants.requireNotNegative("transfer.per_token_ms", perTokenMs);
    }

    /** Milliseconds for a prompt. */
    public double millis(int promptTokens) {
      return baseMs + perTokenMs * promptTokens;
    }
  }

  /** Times of steps, by the kind of engine. */
  public sealed interface Times {}

  /**
   * One batch a worker.
   *
   * @param prefill of prefill workers; null for none
   * @param decode of decode workers; null for none
   * @param mixed of aggregated workers, and of prompts on decode workers; null for none
   */
  public record Dense(
      @Nullable PromptSteps prefill, @Nullable DecodeSteps decode, @Nullable MixedTime mixed)
      implements Times {}

  /** Attention-DP ranks that step together. */
  public record AttentionDp(AttentionDpTime time) implements Times {}

  /** Dynamo's mocker. */
  public record Polynomial(PolynomialTime time) implements Times {}

  /**
   * Times of steps that each take a factor times as long.
   *
   * @param of the times
   * @param factor above 0
   */
  public record Scaled(Times of, double factor) implements Times {
    public Scaled {
      Constants.requireAbove("step_time_factor", factor, 0);
    }
  }

  /** The same engine with steps that take {@code factor} times as long; transfers stay. */
  public EngineModel withStepTimes(double factor) {
    return new EngineModel(
        name, provenance, frontendMs, transfer, new Scaled(times, factor), pools, outputLengths);
  }

  /** How workers of a role are set up; null when the engine has no times for them. */
  public @Nullable PoolDefaults pool(Role role) {
    return pools.get(role);
  }

  /** The lengths that answers had when the benchmark asked for {@code nominal}; null: as asked. */
  public @Nullable OutputLengths outputLengths(int nominal) {
    return outputLengths.stream()
        .filter(lengths -> lengths.nominal() == nominal)
        .findFirst()
        .orElse(null);
  }

  /** Whether its decode workers can compute prompts, too: it has times for such steps. */
  public boolean decodeWorkersCompute() {
    return canCompute(times);
  }

  private static boolean canCompute(Times times) {
    return switch (times) {
      case Dense dense -> dense.mixed() != null;
      case AttentionDp _, Polynomial _ -> true;
      case Scaled(Times of, double _) -> canCompute(of);
    };
  }

  /** Milliseconds to compute {@code tokens} on an idle worker: one step, or as many as needed. */
  public double promptMillis(Role role, PoolDefaults pool, int tokens) {
    StepTime time = stepTime(times, role, pool.tp());
    StepLoad load = new StepLoad();
    double millis = 0;
    for (int left = tokens; left > 0; left -= Math.min(left, pool.limits().stepTokens())) {
      int chunk = Math.min(left, pool.limits().stepTokens());
      load.clear();
      load.addRank(0, 0, chunk, 0, 0, pool.limits().kvTokens());
      millis += time.millis(load, 1);
    }
    return millis;
  }

  /**
   * An idle worker.
   *
   * @param waiting where its one rank takes requests from; null for queues of the ranks' own
   * @param cacheSalt makes the engine hashes of the worker's caches their own
   */
  public EngineWorker worker(
      Role role, PoolDefaults pool, @Nullable ArrayDeque<Job> waiting, long cacheSalt) {
    List<EngineRank> ranks = new ArrayList<>();
    for (int rank = 0; rank < pool.ranks(); rank++) {
      SimulatedCache cache =
          pool.reuse()
              ? new SimulatedCache(
                  pool.limits().kvBlocks(),
                  pool.offload().host().blocks(),
                  pool.offload().disk().blocks(),
                  cacheSalt + rank)
              : null;
      ranks.add(
          new EngineRank(
              pool.limits(),
              role != Role.PREFILL,
              cache,
              pool.offload(),
              waiting == null ? new ArrayDeque<>() : waiting));
    }
    return new EngineWorker(ranks, stepTime(times, role, pool.tp()));
  }

  private static StepTime stepTime(Times times, Role role, int tp) {
    return switch (times) {
      case Dense dense -> dense(dense, role, tp);
      case AttentionDp dp -> new AttentionDpSteps(dp.time(), role == Role.AGGREGATED);
      case Polynomial polynomial -> new PolynomialSteps(polynomial.time());
      case Scaled(Times of, double factor) -> new ScaledSteps(stepTime(of, role, tp), factor);
    };
  }

  private static StepTime dense(Dense dense, Role role, int tp) {
    return switch (role) {
      case PREFILL -> new DenseSteps(dense.prefill(), null, null, tp);
      case DECODE -> {
        DecodeSteps decode = dense.decode();
        MixedTime mixed = dense.mixed();
        yield new DenseSteps(
            null, decode, mixed == null || decode == null ? null : mixed.withDecode(decode), tp);
      }
      case AGGREGATED ->
          new DenseSteps(
              null, dense.mixed() == null ? null : dense.mixed().decode(), dense.mixed(), tp);
    };
  }
}
