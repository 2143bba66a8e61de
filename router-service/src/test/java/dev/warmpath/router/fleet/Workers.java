package dev.warmpath.router.fleet;

import dev.warmpath.indexer.event.Tier;
import java.util.Map;
import java.util.Set;

/** Workers for tests. */
public final class Workers {
  /** Tokens in their blocks. */
  public static final int BLOCK_SIZE = 16;

  private Workers() {}

  /** An aggregated worker of model {@code m} with one rank, in its first life. */
  public static Worker worker(String id) {
    return worker(id, "m", Role.AGGREGATED, BLOCK_SIZE, 1, 1L, false, Map.of());
  }

  /** A worker of model {@code m} with one rank and a role. */
  public static Worker worker(String id, Role role) {
    return worker(id, "m", role, BLOCK_SIZE, 1, 1L, false, Map.of());
  }

  /** An aggregated worker of a model with some ranks. */
  public static Worker worker(String id, String model, int ranks) {
    return worker(id, model, Role.AGGREGATED, BLOCK_SIZE, ranks, 1L, false, Map.of());
  }

  /** An aggregated worker of model {@code m} in one of its lives. */
  public static Worker life(String id, long incarnation) {
    return worker(id, "m", Role.AGGREGATED, BLOCK_SIZE, 1, incarnation, false, Map.of());
  }

  /** An aggregated worker of model {@code m} with one rank and labels. */
  public static Worker labelled(String id, Map<String, String> labels) {
    return worker(id, "m", Role.AGGREGATED, BLOCK_SIZE, 1, 1L, false, labels);
  }

  /** The same worker, publishing no events. */
  public static Worker silent(Worker worker) {
    return copy(
        worker, worker.loraNames(), worker.draining(), worker.handOver(), false, worker.costs());
  }

  /** The same worker, giving coefficients of what work costs. */
  public static Worker withCosts(Worker worker, CostCoefficients costs) {
    return copy(
        worker,
        worker.loraNames(),
        worker.draining(),
        worker.handOver(),
        worker.publishesEvents(),
        costs);
  }

  /** The same worker, running some requests at once; 0 for one that does not say. */
  public static Worker withBatch(Worker worker, int maxBatchRequests) {
    return copy(
        worker,
        maxBatchRequests,
        worker.tiers(),
        worker.loraNames(),
        worker.draining(),
        worker.handOver(),
        worker.publishesEvents(),
        worker.costs());
  }

  /** The same worker, keeping blocks on some tiers. */
  public static Worker withTiers(Worker worker, Tier... tiers) {
    return copy(
        worker,
        worker.maxBatchRequests(),
        Set.of(tiers),
        worker.loraNames(),
        worker.draining(),
        worker.handOver(),
        worker.publishesEvents(),
        worker.costs());
  }

  /** The same worker, about to leave. */
  public static Worker draining(Worker worker) {
    return copy(
        worker,
        worker.loraNames(),
        true,
        worker.handOver(),
        worker.publishesEvents(),
        worker.costs());
  }

  /** The same worker with LoRA adapters loaded. */
  public static Worker withLoras(Worker worker, String... names) {
    return copy(
        worker,
        Set.of(names),
        worker.draining(),
        worker.handOver(),
        worker.publishesEvents(),
        worker.costs());
  }

  /** A worker of model {@code m} in a pool, with ranks, labels and a way to hand blocks over. */
  public static Worker pooled(
      String id, Role role, int ranks, Map<String, String> labels, KvHandOver handOver) {
    Worker plain = worker(id, "m", role, BLOCK_SIZE, ranks, 1L, false, labels);
    return copy(plain, Set.of(), false, handOver, true, CostCoefficients.UNKNOWN);
  }

  private static Worker copy(
      Worker worker,
      Set<String> loraNames,
      boolean draining,
      KvHandOver handOver,
      boolean publishesEvents,
      CostCoefficients costs) {
    return copy(
        worker,
        worker.maxBatchRequests(),
        worker.tiers(),
        loraNames,
        draining,
        handOver,
        publishesEvents,
        costs);
  }

  private static Worker copy(
      Worker worker,
      int maxBatchRequests,
      Set<Tier> tiers,
      Set<String> loraNames,
      boolean draining,
      KvHandOver handOver,
      boolean publishesEvents,
      CostCoefficients costs) {
    return new Worker(
        worker.id(),
        worker.address(),
        worker.model(),
        worker.role(),
        worker.blockSize(),
        worker.ranks(),
        worker.kvBlocksPerRank(),
        maxBatchRequests,
        worker.maxBatchTokens(),
        loraNames,
        tiers,
        worker.labels(),
        worker.incarnation(),
        worker.eagle(),
        draining,
        handOver,
        worker.repeatedStores(),
        publishesEvents,
        costs);
  }

  /** A worker with all that matters here. */
  public static Worker worker(
      String id,
      String model,
      Role role,
      int blockSize,
      int ranks,
      long incarnation,
      boolean eagle,
      Map<String, String> labels) {
    return new Worker(
        id,
        id + ":8000",
        model,
        role,
        blockSize,
        ranks,
        1_000,
        256,
        8_192,
        Set.of(),
        Set.of(Tier.DEVICE),
        labels,
        incarnation,
        eagle,
        false);
  }
}
