package dev.warmpath.router.replay.serve;

import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Failure;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.engine.EngineModel.TransferTime;
import dev.warmpath.router.replay.engine.EngineRank;
import dev.warmpath.router.replay.engine.EngineWorker;
import dev.warmpath.router.replay.engine.Job;
import dev.warmpath.router.replay.engine.Offload;
import dev.warmpath.router.replay.engine.OffloadTier;
import dev.warmpath.router.replay.engine.RankLimits;
import dev.warmpath.router.replay.serve.RunRecord.PoolUse;
import dev.warmpath.router.replay.serve.RunRecord.TargetName;
import dev.warmpath.router.route.Links;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The engines of a deployment, and which of them the router's targets are. The workers of a pool
 * with a shared queue are one target: the router puts requests into the queue. One thread.
 *
 * <p>A target has one number from when it joins first to the end. Its slot is the router's: a
 * worker that returns may get another, and another worker the one that it had.
 */
final class EngineFleet {
  private static final int CACHE_SALTS_PER_WORKER = Worker.MAX_RANKS;

  private final Deployment deployment;
  private final List<EngineWorker> workers = new ArrayList<>();
  private final List<Integer> firstOfPool = new ArrayList<>();
  private final Map<String, Place> placesById = new HashMap<>();
  private final List<TargetName> names = new ArrayList<>();
  private final List<Spot> spots = new ArrayList<>();
  private final Map<TargetName, Integer> numbers = new HashMap<>();
  private final Map<Integer, Integer> numbersBySlot = new HashMap<>();
  private final Map<EngineRank, Integer> slotsByRank = new HashMap<>();
  private final int[] deaths;

  EngineFleet(Deployment deployment) {
    this.deployment = deployment;
    for (Pool pool : deployment.pools()) {
      firstOfPool.add(workers.size());
      ArrayDeque<Job> shared = new ArrayDeque<>();
      for (int number = 0; number < pool.workers(); number++) {
        long salt = 1 + (long) workers.size() * CACHE_SALTS_PER_WORKER;
        placesById.put(id(pool, number), new Place(pool, workers.size()));
        workers.add(
            deployment
                .engine()
                .worker(
                    pool.role(), pool.setup(), pool.setup().sharedQueue() ? shared : null, salt));
      }
    }
    deaths = new int[workers.size()];
  }

  EngineWorker[] workers() {
    return workers.toArray(EngineWorker[]::new);
  }

  /** What the router is told of the pools at the start. */
  List<Worker> registrations() {
    List<Worker> all = new ArrayList<>();
    for (Pool pool : deployment.pools()) {
      int targets = pool.setup().sharedQueue() ? 1 : pool.workers();
      for (int number = 0; number < targets; number++) {
        all.add(registration(pool, number, 1));
      }
    }
    return all;
  }

  /** What a worker says of itself in one of its lives. */
  Worker registration(Failure failure, long incarnation) {
    return registration(poolOf(failure), failure.worker(), incarnation);
  }

  private Worker registration(Pool pool, int number, long incarnation) {
    RankLimits limits = pool.setup().limits();
    Offload offload = pool.setup().offload();
    String id = id(pool, number);
    return new Worker(
        id,
        id + ":0",
        RouterSide.MODEL,
        pool.role(),
        limits.blockSize(),
        pool.setup().ranks(),
        limits.kvBlocks() == RankLimits.UNLIMITED ? 0 : limits.kvBlocks(),
        limits.slots() == RankLimits.UNLIMITED ? 0 : limits.slots(),
        limits.stepTokens() == RankLimits.UNLIMITED ? 0 : limits.stepTokens(),
        Set.of(),
        tiers(offload),
        pool.wiring().labels(number),
        incarnation,
        false,
        false,
        new KvHandOver(pool.wiring().kvBytesPerBlock(), "", 0),
        RepeatedStores.COPIES,
        true,
        new CostCoefficients(
            0, 0, fetch(offload.host()), fetch(offload.disk()), OptionalDouble.empty()));
  }

  private static OptionalDouble fetch(OffloadTier tier) {
    return tier.isThere() ? OptionalDouble.of(tier.fetchMillisPerBlock()) : OptionalDouble.empty();
  }

  private static Set<Tier> tiers(Offload offload) {
    Set<Tier> tiers = EnumSet.of(Tier.DEVICE);
    if (offload.host().isThere()) {
      tiers.add(Tier.HOST);
    }
    if (offload.disk().isThere()) {
      tiers.add(Tier.DISK);
    }
    return tiers;
  }

  private static String id(Pool pool, int number) {
    return "%s-%05d".formatted(pool.name(), number);
  }

  private Pool poolOf(Failure failure) {
    return deployment.pools().stream()
        .filter(pool -> pool.role() == failure.role())
        .findFirst()
        .orElseThrow();
  }

  String workerId(Failure failure) {
    return id(poolOf(failure), failure.worker());
  }

  /** The number of the worker that fails. */
  int workerNumber(Failure failure) {
    return place(workerId(failure)).worker();
  }

  private Place place(String workerId) {
    Place place = placesById.get(workerId);
    if (place == null) {
      throw new IllegalStateException("no worker " + workerId);
    }
    return place;
  }

  /** A target joined under a slot. Returns its rank. */
  EngineRank joined(Target target) {
    Place place = place(target.worker().id());
    TargetName name = new TargetName(target.worker().id(), target.rank());
    int number = numbers.computeIfAbsent(name, _ -> names.size());
    if (number == names.size()) {
      names.add(name);
      spots.add(new Spot(place.worker(), target.rank(), place.pool(), target.worker()));
    } else {
      spots.set(number, spots.get(number).as(target.worker()));
    }
    numbersBySlot.put(target.slot(), number);
    EngineRank rank = rank(number);
    slotsByRank.put(rank, target.slot());
    return rank;
  }

  /** The number of the target that has a slot now. */
  int number(int slot) {
    return known(numbersBySlot.get(slot));
  }

  /** The slot under which a rank joined last; it must have joined. */
  int slot(EngineRank rank) {
    return known(slotsByRank.get(rank));
  }

  private static int known(@Nullable Integer number) {
    if (number == null) {
      throw new IllegalStateException("no such target joined");
    }
    return number;
  }

  /** How often a target's worker died. */
  int deaths(int target) {
    return deaths[spot(target).worker()];
  }

  /** A worker dies. Returns the requests that were lost. */
  List<Job> fail(int worker, long life) {
    deaths[worker]++;
    long salt = 1 + (long) worker * CACHE_SALTS_PER_WORKER + (life << 32);
    return workers.get(worker).fail(salt);
  }

  /** Where a target's requests go. */
  Spot spot(int target) {
    return spots.get(target);
  }

  EngineWorker worker(int number) {
    return workers.get(number);
  }

  /**
   * How long the KV of a prompt takes from where it is computed to where it decodes, milliseconds:
   * what is not there already, over the link between the two if links are told, else as the engine
   * has it.
   */
  double transferMillis(Prompt prompt, int from, int to) {
    SimulatedCache cache = rank(to).cache();
    int held = cache == null ? 0 : cache.cachedBlocks(prompt);
    TransferTime transfer = deployment.engine().transfer();
    Links links = deployment.rules().disaggregation().links();
    if (links.free()) {
      return transfer.millis(prompt.tokens() - prompt.tokensIn(held, deployment.blockSize()));
    }
    Worker sender = spot(from).as();
    double blocks = Math.ceilDiv(prompt.tokens(), deployment.blockSize()) - held;
    double bytes = blocks * sender.handOver().bytesPerBlock();
    return transfer.baseMs() + links.millis(sender, spot(to).as(), bytes);
  }

  EngineRank rank(int target) {
    Spot spot = spot(target);
    return workers.get(spot.worker()).ranks().get(spot.rank());
  }

  List<TargetName> targetNames() {
    return Collections.unmodifiableList(names);
  }

  List<PoolUse> use(long nanos) {
    List<PoolUse> all = new ArrayList<>();
    for (int i = 0; i < deployment.pools().size(); i++) {
      Pool pool = deployment.pools().get(i);
      int first = firstOfPool.get(i);
      all.add(use(pool, workers.subList(first, first + pool.workers()), Math.max(1, nanos)));
    }
    return all;
  }

  private static PoolUse use(Pool pool, List<EngineWorker> workers, long nanos) {
    double busy = workers.stream().mapToLong(EngineWorker::busyNanos).sum();
    double sequences = workers.stream().mapToDouble(EngineWorker::sequenceNanos).sum();
    int slots = pool.setup().limits().slots();
    return new PoolUse(
        pool,
        Math.min(1, busy / nanos / pool.workers()),
        slots == RankLimits.UNLIMITED ? 0 : Math.min(1, sequences / nanos / pool.slots()),
        workers.stream().mapToLong(EngineWorker::prefillSteps).sum(),
        workers.stream().mapToLong(EngineWorker::decodeSteps).sum(),
        busiestOverMean(workers));
  }

  private static double busiestOverMean(List<EngineWorker> workers) {
    long busiest = 0;
    double sum = 0;
    int ranks = 0;
    for (EngineWorker worker : workers) {
      for (EngineRank rank : worker.ranks()) {
        busiest = Math.max(busiest, rank.computedTokens());
        sum += rank.computedTokens();
        ranks++;
      }
    }
    return sum == 0 ? 1 : busiest * ranks / sum;
  }

  private record Place(Pool pool, int worker) {}

  /**
   * Where a target's requests go.
   *
   * @param worker number of the worker; of a shared queue, the first of those that take from it
   * @param rank rank in the worker
   * @param pool the worker's pool
   * @param as what the worker said of itself when it joined last
   */
  record Spot(int worker, int rank, Pool pool, Worker as) {
    Spot as(Worker now) {
      return new Spot(worker, rank, pool, now);
    }
  }
}
