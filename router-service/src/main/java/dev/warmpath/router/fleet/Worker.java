package dev.warmpath.router.fleet;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One engine instance, as it registers itself.
 *
 * @param id unique in the cluster: 1 to 256 characters out of A-Z a-z 0-9 - _
 * @param address host:port for the frontend; opaque here
 * @param model the model that it serves, 1 to 256 characters
 * @param role what it does for the model
 * @param blockSize tokens in a KV block, 1 to 65,536
 * @param ranks data-parallel ranks with a cache of their own, 1 to 1,024
 * @param kvBlocksPerRank blocks that a rank holds on its device; 0 when unknown
 * @param maxBatchRequests requests that a rank runs at once; 0 when unknown
 * @param maxBatchTokens prompt tokens that a rank computes in one step; 0 when unknown
 * @param loraNames adapters that are loaded
 * @param tiers tiers that it caches in
 * @param labels free labels such as zone or rack
 * @param incarnation this life of the worker; 0 when it is to be learnt from the events
 * @param eagle whether blocks overlap by one token
 * @param draining whether it is to get no new request; those that it has go on
 * @param handOver how it hands KV blocks over, if it computes prompts for others
 * @param repeatedStores what it means that it stores a block that it holds already
 * @param publishesEvents whether it tells of each change of its caches; when not, they are taken to
 *     hold what was placed there
 * @param costs what work costs there, as far as it is given
 */
public record Worker(
    String id,
    String address,
    String model,
    Role role,
    int blockSize,
    int ranks,
    long kvBlocksPerRank,
    int maxBatchRequests,
    int maxBatchTokens,
    Set<String> loraNames,
    Set<Tier> tiers,
    Map<String, String> labels,
    long incarnation,
    boolean eagle,
    boolean draining,
    KvHandOver handOver,
    RepeatedStores repeatedStores,
    boolean publishesEvents,
    CostCoefficients costs) {
  /** Most tokens in a block. */
  public static final int MAX_BLOCK_SIZE = 65_536;

  /** Most ranks of a worker. */
  public static final int MAX_RANKS = 1_024;

  /** Longest worker id, model and address, characters. */
  public static final int MAX_NAME_LENGTH = 256;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]+");

  public Worker {
    checkName("worker_id", id);
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("worker_id may have A-Z a-z 0-9 - _ only: '" + id + "'");
    }
    checkName("model", model);
    checkName("address", address);
    checkRange("block_size", blockSize, 1, MAX_BLOCK_SIZE);
    checkRange("ranks", ranks, 1, MAX_RANKS);
    checkRange("kv_blocks_per_rank", kvBlocksPerRank, 0, Long.MAX_VALUE);
    checkRange("max_batch_requests", maxBatchRequests, 0, Integer.MAX_VALUE);
    checkRange("max_batch_tokens", maxBatchTokens, 0, Integer.MAX_VALUE);
    loraNames = Set.copyOf(loraNames);
    tiers = Set.copyOf(tiers);
    labels = Map.copyOf(labels);
  }

  /**
   * A worker that publishes events, hands no KV blocks over, counts copies, gives no coefficients.
   */
  public Worker(
      String id,
      String address,
      String model,
      Role role,
      int blockSize,
      int ranks,
      long kvBlocksPerRank,
      int maxBatchRequests,
      int maxBatchTokens,
      Set<String> loraNames,
      Set<Tier> tiers,
      Map<String, String> labels,
      long incarnation,
      boolean eagle,
      boolean draining) {
    this(
        id,
        address,
        model,
        role,
        blockSize,
        ranks,
        kvBlocksPerRank,
        maxBatchRequests,
        maxBatchTokens,
        loraNames,
        tiers,
        labels,
        incarnation,
        eagle,
        draining,
        KvHandOver.UNKNOWN,
        RepeatedStores.COPIES,
        true,
        CostCoefficients.UNKNOWN);
  }

  /** An aggregated worker with only what every worker has. */
  public static Worker aggregated(
      String id, String address, String model, int blockSize, int ranks, long incarnation) {
    return new Worker(
        id,
        address,
        model,
        Role.AGGREGATED,
        blockSize,
        ranks,
        0,
        0,
        0,
        Set.of(),
        Set.of(Tier.DEVICE),
        Map.of(),
        incarnation,
        false,
        false);
  }

  /** Whether {@code other} is the same life of this worker with the same caches. */
  boolean ownsTheCachesOf(Worker other) {
    return id.equals(other.id)
        && model.equals(other.model)
        && blockSize == other.blockSize
        && ranks == other.ranks
        && incarnation == other.incarnation
        && eagle == other.eagle
        && repeatedStores == other.repeatedStores
        && publishesEvents == other.publishesEvents;
  }

  private static void checkName(String field, String value) {
    if (value.isEmpty() || value.length() > MAX_NAME_LENGTH) {
      throw new IllegalArgumentException(
          "%s must have 1 to %d characters, has %d"
              .formatted(field, MAX_NAME_LENGTH, value.length()));
    }
  }

  private static void checkRange(String field, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be %d to %d: %d".formatted(field, least, most, value));
    }
  }
}
