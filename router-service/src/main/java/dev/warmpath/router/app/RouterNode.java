package dev.warmpath.router.app;

import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.ingest.InProcessBus;
import dev.warmpath.indexer.ingest.IndexThreads;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.NatsEventConsumer;
import dev.warmpath.indexer.ingest.NatsLink;
import dev.warmpath.indexer.ingest.NatsResyncRequester;
import dev.warmpath.indexer.ingest.NatsSettings;
import dev.warmpath.indexer.ingest.ResyncRequester;
import dev.warmpath.indexer.ingest.TargetState;
import dev.warmpath.router.admin.AdminServer;
import dev.warmpath.router.admin.Health;
import dev.warmpath.router.admin.Page;
import dev.warmpath.router.admin.WarmpathMetrics;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.grpc.GrpcServer;
import dev.warmpath.router.grpc.IndexState;
import dev.warmpath.router.grpc.IndexerService;
import dev.warmpath.router.grpc.LoadReportsService;
import dev.warmpath.router.grpc.RouterService;
import dev.warmpath.router.loads.NatsReplicas;
import dev.warmpath.router.loads.NatsWorkerLoads;
import dev.warmpath.router.loads.WorkerLoadIntake;
import dev.warmpath.router.route.Router;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.router.route.Sessions;
import dev.warmpath.v1.WorkerLoad;
import io.grpc.BindableService;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One running router: everything that {@code warmpath serve} starts, wired. */
final class RouterNode implements AutoCloseable {
  private static final Duration MODEL_SWEEP = Duration.ofSeconds(10);
  private static final Duration EXPIRY_SWEEP = Duration.ofSeconds(1);
  private static final Duration FILE_POLL = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final long START_OF_STREAM = 0;

  private final RouterOptions options;
  private final RandomGenerator chance;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final InProcessBus bus = new InProcessBus();
  private final LoadLedger ledger;
  private final Ingest ingest;
  private final FleetRegistry registry;
  private final WorkerLoadIntake workerLoads;
  private @Nullable NatsLink nats;
  private @Nullable NatsReplicas replicas;
  private IntSupplier waiting = () -> 0;
  private Consumer<WarmpathMetrics> natsMetrics = _ -> {};
  private int grpcPort;
  private int adminPort;

  private RouterNode(RouterOptions options, RandomGenerator chance) throws IOException {
    this.options = options;
    this.chance = chance;
    this.ledger = new LoadLedger(options.ledger(), chance.nextLong());
    this.ingest = options.nats() == null ? embeddedIngest() : natsIngest(options.nats());
    IndexedFleet listener = new IndexedFleet(ingest, ledger);
    parts.push(listener);
    this.registry = new FleetRegistry(options.ledger().maxTargets(), listener);
    this.workerLoads = new WorkerLoadIntake(registry::current, ledger, System::nanoTime);
  }

  /**
   * Starts a router.
   *
   * @param chance where booking ids and tie-breaking start
   * @throws IOException if an address cannot be bound or NATS cannot be reached
   */
  static RouterNode start(RouterOptions options, RandomGenerator chance) throws Exception {
    RouterNode node = new RouterNode(options, chance);
    try {
      node.startParts();
      return node;
    } catch (Exception e) {
      node.close();
      throw e;
    }
  }

  private Ingest embeddedIngest() {
    Ingest made = ingest(bus);
    bus.attach(made);
    return made;
  }

  private Ingest ingest(ResyncRequester resync) {
    IndexOptions index = options.index();
    return new Ingest(index.ingest(), index.limits(), resync, index.threads());
  }

  private Ingest natsIngest(NatsSettings nats) throws IOException {
    try {
      return startedNatsIngest(nats);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  private Ingest startedNatsIngest(NatsSettings nats) throws IOException {
    NatsLink link = NatsLink.connect(nats);
    parts.push(link);
    this.nats = link;
    NatsResyncRequester requester = new NatsResyncRequester(link);
    parts.push(requester);
    natsMetrics =
        metrics -> {
          metrics.addGauge(
              "warmpath_nats_connected",
              "1 while the connection to NATS stands",
              () -> link.isConnected() ? 1 : 0);
          metrics.addCounter(
              "warmpath_resync_requests_left_out",
              "Resync requests left out since too many answers were in the making",
              requester::leftOut);
        };
    Ingest made = ingest(requester);
    requester.attach(made);
    parts.push(new NatsEventConsumer(link, made, START_OF_STREAM));
    return made;
  }

  private void startParts() throws Exception {
    IndexThreads indexThreads = started(new IndexThreads(ingest));
    Membership membership = Membership.start(options, registry);
    parts.push(membership.source());
    WarmpathMetrics metrics =
        started(new WarmpathMetrics(MetricsWiring.sources(registry, ledger, ingest, membership)));
    natsMetrics.accept(metrics);
    metrics.addCounter(
        "warmpath_discovery_file_loads",
        "Fleet files taken over",
        membership.counters()::fileLoads);
    MetricsWiring.addIndex(metrics, ingest);
    startLoads(metrics);
    Supplier<RoutingSettings> settings = routingSettings(metrics);
    RouterService routerService = routerService(metrics, settings);
    if (settings instanceof RoutingFile file) {
      started(
          new Periodic(
              "routing-file",
              FILE_POLL,
              () -> {
                file.poll();
                routerService.settingsChanged();
              }));
    }
    metrics.bindRoutes(MetricsWiring.routes(routerService.counters()));
    startWaiting(routerService, metrics);
    startAdmin(indexThreads, membership, metrics);
    GrpcServer grpc =
        startGrpc(
            List.of(
                routerService,
                new IndexerService(registry, ingest, routerService.counters()::invalid),
                new LoadReportsService(workerLoads::take)));
    started(new Periodic("booking-expiry", EXPIRY_SWEEP, () -> ledger.expire(System.nanoTime())));
    grpc.setServing(true);
  }

  private Supplier<RoutingSettings> routingSettings(WarmpathMetrics metrics)
      throws RoutingFileException {
    if (options.routingFile() == null) {
      RoutingSettings fixed = RoutingSettings.of(options.policy());
      return () -> fixed;
    }
    RoutingFile file = RoutingFile.load(options.routingFile(), options.policy());
    metrics.addCounter("warmpath_routing_file_loads", "Routing files taken over", file::loads);
    metrics.addCounter(
        "warmpath_routing_file_refusals",
        "Times that the routing file could not be used",
        file::refusals);
    return file;
  }

  private void startLoads(WarmpathMetrics metrics) {
    MetricsWiring.addWorkerLoads(metrics, workerLoads, registry, ledger);
    NatsLink link = nats;
    if (link != null) {
      NatsWorkerLoads heard = started(new NatsWorkerLoads(link, workerLoads));
      metrics.addCounter(
          "warmpath_load_reports_dropped",
          "Load reports over NATS that were dropped because too many waited",
          heard::dropped);
      NatsReplicas others =
          started(
              new NatsReplicas(
                  link,
                  newName(),
                  ledger,
                  registry::current,
                  (target, localHashes) -> placed(target, localHashes, localHashes.length),
                  System::nanoTime));
      MetricsWiring.addReplicas(metrics, others);
      replicas = others;
    }
  }

  /** Never 0. */
  private long newName() {
    return chance.nextLong() | 1;
  }

  private void startWaiting(RouterService service, WarmpathMetrics metrics) {
    waiting = service::waiting;
    MetricsWiring.addWaiting(metrics, service);
    WaitingThread thread = started(new WaitingThread(service::serveWaiting));
    service.whenWaiting(thread::wake);
    ledger.whenRelieved(() -> {
      if (service.waiting() > 0) {
        thread.wake();
      }
    });
  }

  private RouterService routerService(
      WarmpathMetrics metrics, Supplier<RoutingSettings> routingSettings) {
    Sessions sessions = new Sessions(Sessions.MAX_SESSIONS, System.nanoTime());
    metrics.addGauge("warmpath_sessions", "Sessions that are remembered", sessions::size);
    metrics.addCounter(
        "warmpath_sessions_evicted",
        "Sessions forgotten since there were too many",
        sessions::evicted);
    Router router =
        new Router(
            ledger,
            target -> registry.current().serves(target),
            ingest::isStale,
            sessions,
            this::placed);
    MetricsWiring.addRecent(metrics, () -> router.recentFigures(System.nanoTime()));
    started(
        new Periodic(
            "model-sweep", MODEL_SWEEP, () -> router.forgetModelsBut(registry.current().models())));
    return new RouterService(
        registry,
        router,
        ledger,
        new IndexState(ingest::index, ingest::isStale, ingest::heardNanos),
        routingSettings,
        chance.nextLong(),
        System::nanoTime,
        metrics::routeTook);
  }

  private void placed(Target target, long[] localHashes, int blocks) {
    long incarnation = target.worker().incarnation();
    ingest.placed(target.slot(), target.id(), incarnation, localHashes, blocks);
  }

  private GrpcServer startGrpc(List<BindableService> services) throws IOException {
    try {
      GrpcServer grpc =
          started(
              GrpcServer.start(options.listen().host(), options.listen().port(), services, GRACE));
      grpcPort = grpc.port();
      return grpc;
    } catch (IOException e) {
      throw new IOException("--listen: " + e.getMessage(), e);
    }
  }

  private void startAdmin(IndexThreads indexThreads, Membership membership, WarmpathMetrics metrics)
      throws IOException {
    Health health =
        new Health(
            indexThreads::areAlive, () -> membership.state().get().listed(), registry::current);
    AdminServer admin = started(adminServer(AdminServer.standardPages(health, metrics)));
    metrics.addCounter(
        "warmpath_admin_refused", "Admin requests refused while busy", admin::refused);
    admin.start();
    adminPort = admin.port();
  }

  private AdminServer adminServer(Map<String, Supplier<Page>> pages) throws IOException {
    try {
      return new AdminServer(options.admin().toSocketAddress(), pages);
    } catch (IOException e) {
      throw new IOException("--admin: " + e.getMessage(), e);
    }
  }

  private <T extends AutoCloseable> T started(T part) {
    parts.push(part);
    return part;
  }

  /** The bus of workers in this process; their events arrive only when there is no NATS. */
  InProcessBus bus() {
    return bus;
  }

  /** Other routers that this one hears of; 0 without NATS. */
  int peers() {
    NatsReplicas others = replicas;
    return others == null ? 0 : others.peers();
  }

  /** Requests that wait for a target. */
  int waitingRequests() {
    return waiting.getAsInt();
  }

  /** Takes what workers in this process say of their load. */
  Consumer<WorkerLoad> loads() {
    return workerLoads::take;
  }

  /** The fleet. */
  FleetRegistry registry() {
    return registry;
  }

  /** The event path. */
  Ingest ingest() {
    return ingest;
  }

  /** Targets that the index is up to date with. */
  Set<TargetId> freshTargets() {
    return registry.current().targets().stream()
        .filter(target -> !ingest.isStale(target.slot()))
        .map(Target::id)
        .collect(Collectors.toSet());
  }

  /** {@link dev.warmpath.indexer.event.CacheDigest} of what the index holds, by target. */
  Map<TargetId, Long> indexDigests() {
    return ingest.states().join().stream()
        .collect(Collectors.toMap(TargetState::id, TargetState::digest));
  }

  /** The bookings. */
  LoadLedger ledger() {
    return ledger;
  }

  /** The bound port of the gRPC services. */
  int grpcPort() {
    return grpcPort;
  }

  /** The bound port of health and metrics. */
  int adminPort() {
    return adminPort;
  }

  /** Stops taking requests, then everything behind them. */
  @Override
  public void close() {
    Closing.all(parts);
  }
}
