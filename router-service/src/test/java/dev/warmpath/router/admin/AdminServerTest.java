package dev.warmpath.router.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.indexer.ingest.Ingest;
import dev.warmpath.indexer.ingest.IngestLimits;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.testing.ReleasingListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private static final LedgerLimits TINY = new LedgerLimits(8, 1, 1_000);

  private final FleetRegistry registry = new FleetRegistry(500, new ReleasingListener());
  private final LoadLedger ledger = new LoadLedger(TINY, 1);
  private final Map<String, ShardedIndex> indexes = new ConcurrentHashMap<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private final CountDownLatch held = new CountDownLatch(1);
  private final LongAdder booked = new LongAdder();
  private final Ingest ingest =
      new Ingest(IngestLimits.DEFAULT, IndexLimits.DEFAULT, (target, incarnation, eventId) -> true);
  private volatile boolean indexAlive = true;
  private volatile boolean listed;

  @SuppressWarnings("NullAway.Init")
  private WarmpathMetrics metrics;

  @SuppressWarnings("NullAway.Init")
  private AdminServer server;

  @BeforeEach
  void start() throws IOException {
    indexes.put("llama", ShardedIndex.of(new PrefixIndex(IndexLimits.DEFAULT)));
    metrics = new WarmpathMetrics(sources());
    metrics.bindRoutes(
        new RouteSource(
            Map.of("cache_aware", booked::sum),
            Map.of("unknown_model", () -> 0L),
            () -> Map.of("token_ids", 2L),
            () -> Map.of("draining", 3L),
            () -> 256,
            () -> 200,
            () -> 0,
            () -> 0,
            () -> 4,
            () -> 0));
    Health health = new Health(() -> indexAlive, () -> listed, registry::current);
    Map<String, Supplier<Page>> pages = new HashMap<>(AdminServer.standardPages(health, metrics));
    pages.put("/held", this::hold);
    pages.put("/broken", () -> Page.text(200, indexes.keySet().toArray(String[]::new)[1_000]));
    server = new AdminServer(new InetSocketAddress("127.0.0.1", 0), pages);
    metrics.addCounter("warmpath_admin_refused", "Admin requests refused", server::refused);
    server.start();
  }

  @AfterEach
  void stop() {
    held.countDown();
    server.close();
    metrics.close();
    http.close();
  }

  private MetricSources sources() {
    DiscoverySource discovery =
        new DiscoverySource(
            Map.of("not_json", () -> 3L),
            () -> 0L,
            () -> 0L,
            () -> listed,
            () -> Duration.ofSeconds(2),
            () -> Duration.ofMillis(1500));
    return new MetricSources(
        registry::current,
        slot -> slot == 0,
        ledger,
        indexes::get,
        ingest.counters(),
        () -> 4,
        discovery);
  }

  private Page hold() {
    try {
      held.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Page.text(200, "held");
  }

  @Test
  void theProcessIsHealthyWhileItsIndexThreadLives() throws Exception {
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    indexAlive = false;
    HttpResponse<String> response = get("/healthz");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).isEqualTo("index: the thread that owns the index has ended\n");
  }

  @Test
  void itIsReadyOnceMembershipIsListedAndATargetCanBeRoutedTo() throws Exception {
    HttpResponse<String> response = get("/readyz");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body().lines())
        .containsExactly(
            "membership: the workers have not been listed yet",
            "fleet: no model has a target for each phase");
    listed = true;
    assertThat(get("/readyz").body()).startsWith("fleet: ");

    registry.put(worker("p0", Role.PREFILL));
    assertThat(get("/readyz").statusCode()).isEqualTo(503);
    registry.put(worker("d0", Role.DECODE));
    assertThat(get("/readyz").statusCode()).isEqualTo(200);

    registry.remove("p0");
    registry.put(worker("a0", Role.AGGREGATED));
    assertThat(get("/readyz").body()).isEqualTo("ok\n");
    indexAlive = false;
    assertThat(get("/readyz").body()).startsWith("index: ");
  }

  @Test
  void everyCounterIsThereFromTheStart() throws Exception {
    registry.put(worker("d0", Role.DECODE));
    HttpResponse<String> response = get("/metrics");
    assertThat(response.headers().firstValue("Content-Type"))
        .hasValue(WarmpathMetrics.CONTENT_TYPE);
    assertThat(response.body().lines())
        .contains(
            "warmpath_bookings_open 0.0",
            "warmpath_bookings_expired_total 0.0",
            "warmpath_bookings_refused_total 0.0",
            "warmpath_bookings_lost_with_target_total 0.0",
            "warmpath_discovery_refused_total{reason=\"not_json\"} 3.0",
            "warmpath_discovery_lists_total 0.0",
            "warmpath_discovery_failures_total 0.0",
            "warmpath_discovery_connected 0.0",
            "warmpath_discovery_state_age_seconds 2.0",
            "warmpath_discovery_change_age_seconds 1.5",
            "warmpath_fleet_targets 1.0",
            "warmpath_fleet_stale_targets 1.0",
            "warmpath_index_models_without_series 0.0",
            "warmpath_index_stored_blocks_total{model=\"llama\"} 0.0",
            "warmpath_index_removed_blocks_total{model=\"llama\"} 0.0",
            "warmpath_index_extra_copies_total{model=\"llama\"} 0.0",
            "warmpath_index_told_again_total{model=\"llama\"} 0.0",
            "warmpath_index_full_reports_total{model=\"llama\"} 0.0",
            "warmpath_index_unknown_removals_total{model=\"llama\"} 0.0",
            "warmpath_index_conflicting_stores_total{model=\"llama\"} 0.0",
            "warmpath_index_parked_blocks_total{model=\"llama\"} 0.0",
            "warmpath_index_parked_overflows_total{model=\"llama\"} 0.0",
            "warmpath_index_parked_expiries_total{model=\"llama\"} 0.0",
            "warmpath_index_target_bound_refusals_total{model=\"llama\"} 0.0",
            "warmpath_index_byte_bound_refusals_total{model=\"llama\"} 0.0",
            "warmpath_index_bytes{model=\"llama\",part=\"coverage\"} 0.0",
            "warmpath_index_bytes{model=\"llama\",part=\"side_tables\"} 0.0",
            "warmpath_index_bytes{model=\"llama\",part=\"slot_tables\"} 0.0",
            "warmpath_index_runs{model=\"llama\"} 0.0",
            "warmpath_index_mean_run_length{model=\"llama\"} 0.0",
            "warmpath_index_memberships{model=\"llama\"} 0.0",
            "warmpath_index_targets{model=\"llama\"} 0.0",
            "warmpath_index_capped_targets{model=\"llama\"} 0.0",
            "warmpath_ingest_inbox_batches 4.0",
            "warmpath_bookings_failed_total 4.0",
            "warmpath_invalid_fields_total{field=\"token_ids\"} 2.0",
            "warmpath_route_duration_seconds_count 0",
            "warmpath_admin_refused_total 0.0")
        .anyMatch(line -> line.startsWith("jvm_memory_used_bytes{"))
        .anyMatch(line -> line.startsWith("process_uptime_seconds "));
    for (IngestMetrics.Count count : IngestMetrics.COUNTS) {
      assertThat(response.body().lines()).contains("%s_total 0.0".formatted(count.name()));
    }
  }

  @Test
  void theFleetIsCountedByModelAndRoleAndWhoLeftIsNotShown() throws Exception {
    registry.put(worker("p0", Role.PREFILL));
    registry.put(worker("d0", Role.DECODE));
    assertThat(get("/metrics").body().lines())
        .contains(
            "warmpath_fleet_model_targets{model=\"llama\",role=\"prefill\"} 1.0",
            "warmpath_fleet_model_targets{model=\"llama\",role=\"decode\"} 1.0",
            "warmpath_fleet_targets 2.0",
            "warmpath_fleet_stale_targets 1.0");
    registry.remove("p0");
    assertThat(get("/metrics").body())
        .contains("role=\"decode\"")
        .doesNotContain("role=\"prefill\"");
  }

  @Test
  void routesAreCountedAndTimed() throws Exception {
    booked.add(3);
    metrics.routeTook(60_000);
    assertThat(get("/metrics").body().lines())
        .contains(
            "warmpath_route_requests_total{outcome=\"booked\",policy=\"cache_aware\"} 3.0",
            "warmpath_route_requests_total{outcome=\"unknown_model\",policy=\"none\"} 0.0",
            "warmpath_lifecycle_reports_total{outcome=\"applied\"} 0.0",
            "warmpath_lifecycle_reports_total{outcome=\"unknown_booking\"} 0.0",
            "warmpath_bookings_released_by_stream_total 0.0",
            "warmpath_route_duration_seconds_bucket{le=\"5.0E-5\"} 0",
            "warmpath_route_duration_seconds_bucket{le=\"1.0E-4\"} 1",
            "warmpath_route_duration_seconds_count 1",
            "warmpath_route_prompt_blocks_total 256.0",
            "warmpath_route_overlap_blocks_total 200.0");
  }

  @Test
  void countersGoOnAfterAGarbageCollection() throws Exception {
    booked.add(3);
    System.gc();
    assertThat(get("/metrics").body().lines())
        .contains("warmpath_route_requests_total{outcome=\"booked\",policy=\"cache_aware\"} 3.0");
  }

  @Test
  void aModelThatAppearsLaterGetsItsSeries() throws Exception {
    registry.put(worker("p0", Role.PREFILL));
    assertThat(get("/metrics").body())
        .contains("warmpath_index_stored_blocks_total{model=\"llama\"");
  }

  @Test
  void manyModelsDoNotMakeSeriesWithoutBound() throws Exception {
    for (int i = 0; i < IndexMetrics.MAX_MODELS + 10; i++) {
      String model = "model-" + i;
      indexes.put(model, ShardedIndex.of(new PrefixIndex(IndexLimits.DEFAULT)));
      registry.put(Worker.aggregated("w" + i, "a:1", model, 64, 1, 1));
    }
    String body = get("/metrics").body();
    assertThat(body.lines().filter(line -> line.startsWith("warmpath_index_stored_blocks_total")))
        .hasSize(IndexMetrics.MAX_MODELS);
    assertThat(body).contains("warmpath_index_models_without_series 10.0");
  }

  @Test
  void aRefusedBookingShowsInTheMetrics() throws Exception {
    Load load = new Load(0, 0, 64, 64, 64);
    ledger.book(load, 0);
    ledger.book(load, 0);
    ledger.expire(2_000);
    assertThat(get("/metrics").body().lines())
        .contains(
            "warmpath_bookings_open 0.0",
            "warmpath_bookings_refused_total 1.0",
            "warmpath_bookings_expired_total 1.0");
  }

  @Test
  void unknownPagesAndMethodsAreRefusedCleanly() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/healthz/x").statusCode()).isEqualTo(404);
    assertThat(get("/healthzx").body())
        .isEqualTo("no such page; there are /broken /healthz /held /metrics /readyz\n");
    HttpResponse<String> post =
        send(request("/metrics").POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000))));
    assertThat(post.statusCode()).isEqualTo(405);
    assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
    HttpResponse<String> head = send(request("/healthz").HEAD());
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Content-Length")).hasValue("3");
  }

  @Test
  void aPageThatFailsIsAnErrorAndTheServerLivesOn() throws Exception {
    assertThat(get("/broken").statusCode()).isEqualTo(500);
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void moreRequestsThanTheLimitAreRefusedAndCounted() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> waiting = new ArrayList<>();
    for (int i = 0; i < AdminServer.MAX_CONCURRENT; i++) {
      waiting.add(http.sendAsync(request("/held").build(), HttpResponse.BodyHandlers.ofString()));
    }
    await().untilAsserted(() -> assertThat(get("/healthz").body()).startsWith("busy: "));
    assertThat(server.refused()).isPositive();
    held.countDown();
    for (CompletableFuture<HttpResponse<String>> response : waiting) {
      assertThat(response.get().statusCode()).isEqualTo(200);
    }
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void anAddressInUseIsNamed() {
    assertThatThrownBy(
            () -> new AdminServer(new InetSocketAddress("127.0.0.1", server.port()), Map.of()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(
            "admin address 127.0.0.1:%d cannot be bound: ".formatted(server.port()));
  }

  private static Worker worker(String id, Role role) {
    return new Worker(
        id,
        "a:1",
        "llama",
        role,
        64,
        1,
        0,
        0,
        0,
        Set.of(),
        Set.of(Tier.DEVICE),
        Map.of(),
        1,
        false,
        false);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
