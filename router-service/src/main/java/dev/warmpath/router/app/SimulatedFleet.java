package dev.warmpath.router.app;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.ingest.CacheSnapshotSource;
import dev.warmpath.indexer.ingest.KvEventPublisher;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.workersim.EngineClock;
import dev.warmpath.router.workersim.EngineThread;
import dev.warmpath.router.workersim.RankUse;
import dev.warmpath.router.workersim.SimulatedEngine;
import dev.warmpath.router.workersim.SimulatedWorkerService;
import dev.warmpath.v1.RankLoad;
import dev.warmpath.v1.WorkerLoad;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Simulated workers, live: engines on a clock, each behind gRPC, publishing events and load, and
 * registered.
 */
final class SimulatedFleet implements AutoCloseable {
  private static final int MAX_PROMPT_BYTES = 32 << 20;
  private static final Duration HEARTBEAT_PAUSE = Duration.ofMillis(250);
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final SimulatedFleetOptions options;
  private final EngineClock clock;
  private final LossyTransport transport;
  private final Consumer<WorkerLoad> loads;
  private final List<SimulatedEngine> engines = new ArrayList<>();
  private final List<KvEventPublisher> publishers = new ArrayList<>();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private SimulatedFleet(SimulatedFleetOptions options, EngineClock clock, WorkerLinks links) {
    this.options = options;
    this.clock = clock;
    this.loads = links.loads();
    this.transport =
        new LossyTransport(
            links.transport(), options.eventLossShare(), new SplittableRandom(options.seed()));
  }

  /**
   * Starts all workers; when this returns they are registered.
   *
   * @param clock by which the engines work
   */
  static SimulatedFleet start(SimulatedFleetOptions options, EngineClock clock, WorkerLinks links)
      throws Exception {
    SimulatedFleet fleet = new SimulatedFleet(options, clock, links);
    try {
      fleet.startAll(links);
      return fleet;
    } catch (Exception e) {
      fleet.close();
      throw e;
    }
  }

  private void startAll(WorkerLinks links) throws Exception {
    // Greater after each restart.
    long incarnation = nanosSinceEpoch();
    for (int number = 0; number < options.workers(); number++) {
      addEngine(workerId(number), incarnation);
    }
    EngineThread thread = new EngineThread(engines, clock);
    parts.push(thread);
    for (int number = 0; number < options.workers(); number++) {
      Server server = serve(engines.get(number), thread);
      parts.push(() -> server.shutdownNow().awaitTermination());
      String id = workerId(number);
      Worker worker = worker(id, options.host() + ":" + server.getPort(), incarnation);
      parts.push(links.join(worker, snapshots(id, number)));
    }
    parts.push(new Periodic("heartbeats", HEARTBEAT_PAUSE, this::sendHeartbeatsAndLoads));
  }

  private void addEngine(String workerId, long incarnation) {
    KvEventPublisher publisher =
        new KvEventPublisher(
            options.model(),
            workerId,
            incarnation,
            options.ranks(),
            options.blockSize(),
            transport);
    publishers.add(publisher);
    engines.add(
        new SimulatedEngine(
            options.ranks(),
            options.blocksPerRank(),
            options.blockSize(),
            options.speed(),
            incarnation + engines.size() * (long) Worker.MAX_RANKS,
            publisher::publishHashed));
  }

  private Server serve(SimulatedEngine engine, EngineThread thread) throws IOException {
    BlockHasher hasher = new BlockHasher(options.blockSize(), false);
    return NettyServerBuilder.forAddress(new InetSocketAddress(options.host(), 0))
        .maxInboundMessageSize(MAX_PROMPT_BYTES)
        .directExecutor()
        .addService(new SimulatedWorkerService(engine, hasher, clock, thread::wake))
        .build()
        .start();
  }

  private Worker worker(String id, String address, long incarnation) {
    return new Worker(
        id,
        address,
        options.model(),
        Role.AGGREGATED,
        options.blockSize(),
        options.ranks(),
        options.blocksPerRank(),
        options.speed().maxBatchRequests(),
        0,
        Set.of(),
        Set.of(Tier.DEVICE),
        Map.of("simulated", "true"),
        incarnation,
        false,
        false);
  }

  /** A rank's content together with its last event: the engine's monitor keeps the two in step. */
  private CacheSnapshotSource snapshots(String workerId, int number) {
    KvEventPublisher publisher = publishers.get(number);
    SimulatedEngine engine = engines.get(number);
    return rank ->
        engine.withContent(
            rank,
            content ->
                new CacheSnapshot(
                    new TargetId(workerId, rank),
                    publisher.incarnation(),
                    publisher.lastEventId(rank),
                    content));
  }

  private void sendHeartbeatsAndLoads() {
    publishers.forEach(publisher -> publisher.heartbeat(System.nanoTime()));
    for (int number = 0; number < engines.size(); number++) {
      loads.accept(load(number));
    }
  }

  private WorkerLoad load(int number) {
    WorkerLoad.Builder load =
        WorkerLoad.newBuilder()
            .setWorkerId(workerId(number))
            .setIncarnation(publishers.get(number).incarnation())
            .setTimeUnixNanos(nanosSinceEpoch());
    for (int rank = 0; rank < options.ranks(); rank++) {
      RankUse use = engines.get(number).use(rank);
      load.addRanks(
          RankLoad.newBuilder()
              .setRank(rank)
              .setRunning(use.running())
              .setWaiting(use.waiting())
              .setKvBlocksUsed(use.blocks()));
    }
    return load.build();
  }

  private static long nanosSinceEpoch() {
    Instant now = Instant.now();
    return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
  }

  /** Event batches lost on purpose so far. */
  long lostBatches() {
    return transport.lost();
  }

  /** {@link dev.warmpath.indexer.event.CacheDigest} of each rank's cache. */
  Map<TargetId, Long> digests() {
    Map<TargetId, Long> digests = new HashMap<>();
    for (int number = 0; number < engines.size(); number++) {
      for (int rank = 0; rank < options.ranks(); rank++) {
        digests.put(new TargetId(workerId(number), rank), engines.get(number).digest(rank));
      }
    }
    return digests;
  }

  private String workerId(int number) {
    return options.namePrefix() + "-" + number;
  }

  /** Takes the workers out of the fleet and stops them. */
  @Override
  public void close() {
    publishers.forEach(KvEventPublisher::close);
    Closing.all(parts);
  }
}
