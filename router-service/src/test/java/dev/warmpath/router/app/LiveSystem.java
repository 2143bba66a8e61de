package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.ingest.IndexThreads;
import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.IngestLimits;
import dev.warmpath.indexer.ingest.NatsLink;
import dev.warmpath.indexer.ingest.NatsResyncRequester;
import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.indexer.ingest.TargetState;
import dev.warmpath.indexer.testing.NatsServerProcess;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.testing.EtcdServerProcess;
import dev.warmpath.router.workersim.EngineClock;
import dev.warmpath.router.workersim.FrontendOptions;
import dev.warmpath.router.workersim.LiveReport;
import dev.warmpath.router.workersim.TraceFrontend;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Real nats-server and etcd, a router in this process, simulated workers in processes of their own
 * that lose some of their events, and a frontend.
 */
final class LiveSystem implements AutoCloseable {
  static final String MODEL = "demo";
  static final int RANKS = 2;
  static final int LEASE_SECONDS = 2;

  private static final String CLUSTER = "live";
  private static final double SPEEDUP = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final NatsServerProcess nats;
  final EtcdServerProcess etcd;
  final RouterNode router;
  final EngineClock clock = new EngineClock(System::nanoTime, SPEEDUP);
  private final List<WarmpathProcess> workers = new ArrayList<>();
  private final Set<Integer> killed = ConcurrentHashMap.newKeySet();
  private final ManagedChannel channel;

  private LiveSystem(NatsServerProcess nats, EtcdServerProcess etcd, RouterNode router) {
    this.nats = nats;
    this.etcd = etcd;
    this.router = router;
    this.channel =
        NettyChannelBuilder.forAddress("127.0.0.1", router.grpcPort()).usePlaintext().build();
  }

  /** Starts everything; worker processes are named w0, w1, ... and run one worker each. */
  static LiveSystem start(Path folder, int workerProcesses, double eventLossShare)
      throws Exception {
    NatsServerProcess nats = NatsServerProcess.start();
    EtcdServerProcess etcd = EtcdServerProcess.start();
    HostPort anyPort = new HostPort("127.0.0.1", 0);
    RouterNode router =
        RouterNode.start(
            new RouterOptions(
                anyPort,
                anyPort,
                NatsSettings.of(nats.url(), CLUSTER, "router"),
                EtcdSettings.of(List.of(etcd.endpoint()), CLUSTER),
                null,
                Policies.KV,
                null,
                LedgerLimits.DEFAULT,
                IndexBounds.standard()),
            new SplittableRandom(1));
    LiveSystem system = new LiveSystem(nats, etcd, router);
    for (int number = 0; number < workerProcesses; number++) {
      system.startWorker(folder, number, eventLossShare);
    }
    await()
        .atMost(PATIENCE)
        .until(() -> router.freshTargets().size() == (long) workerProcesses * RANKS);
    return system;
  }

  private void startWorker(Path folder, int number, double eventLossShare) throws IOException {
    workers.add(
        WarmpathProcess.start(
            folder,
            "worker-sim",
            "--name=w" + number,
            "--workers=1",
            "--ranks=" + RANKS,
            "--model=" + MODEL,
            "--block-size=" + Conversations.BLOCK_SIZE,
            "--blocks=1000",
            "--prefill-rate=20000",
            "--speedup=" + SPEEDUP,
            "--lease-seconds=" + LEASE_SECONDS,
            "--lose-events=" + eventLossShare,
            "--seed=" + number,
            "--cluster=" + CLUSTER,
            "--nats=" + nats.url(),
            "--etcd=" + etcd.endpoint()));
  }

  /** The id of the worker in a process. */
  static String workerId(int process) {
    return "w" + process + "-0";
  }

  /** SIGKILL for a worker's process. */
  void killWorker(int process) {
    workers.get(process).kill();
    killed.add(process);
  }

  private void assertThatTheOthersLive() throws IOException {
    for (int process = 0; process < workers.size(); process++) {
      WarmpathProcess worker = workers.get(process);
      assertThat(worker.isAlive() || killed.contains(process))
          .as("worker process %d lives; it printed: %s", process, worker.output())
          .isTrue();
    }
  }

  /** Sends a trace and waits for its last answer. */
  LiveReport send(Trace trace, Runnable onEachAnswer) throws InterruptedException {
    try (TraceFrontend frontend = new TraceFrontend(channel, clock, FrontendOptions.of(MODEL))) {
      return frontend.run(trace, onEachAnswer);
    }
  }

  /** Waits until the router's index holds, target by target, what the live workers' caches hold. */
  void awaitIndexEqualsCaches(int liveTargets) throws IOException {
    assertThatTheOthersLive();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          Map<TargetId, String> index = contents(router.ingest());
          assertThat(index).hasSize(liveTargets);
          assertThat(index).isEqualTo(cachesOf(liveTargets));
        });
  }

  /** What the workers themselves say that their caches hold, asked for anew over NATS. */
  private Map<TargetId, String> cachesOf(int liveTargets) throws Exception {
    NatsSettings settings = NatsSettings.of(nats.url(), CLUSTER, "audit");
    try (NatsLink link = NatsLink.connect(settings);
        NatsResyncRequester requester = new NatsResyncRequester(link)) {
      Ingest audit = new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, requester);
      requester.attach(audit);
      List<IndexedTarget> targets = router.ingest().targets();
      try (IndexThreads thread = new IndexThreads(audit)) {
        targets.forEach(audit::join);
        await()
            .atMost(Duration.ofSeconds(10))
            .until(() ->
                thread.areAlive()
                    && audit.targets().size() == liveTargets
                    && targets.stream().noneMatch(target -> audit.isStale(target.slot())));
        return contents(audit);
      }
    }
  }

  private static Map<TargetId, String> contents(Ingest ingest) {
    Map<TargetId, String> contents = new TreeMap<>(Comparator.comparing(TargetId::toString));
    for (TargetState state : ingest.states().join()) {
      contents.put(
          state.id(),
          "%d blocks, digest %016x, after event %d, %s"
              .formatted(
                  state.blocks(),
                  state.digest(),
                  state.appliedEventId(),
                  state.stale() ? "stale" : "fresh"));
    }
    return contents;
  }

  @Override
  public void close() {
    workers.forEach(WarmpathProcess::close);
    channel.shutdownNow();
    router.close();
    etcd.close();
    nats.close();
  }
}
