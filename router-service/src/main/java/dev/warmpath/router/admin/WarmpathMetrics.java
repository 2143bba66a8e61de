package dev.warmpath.router.admin;

import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * All metrics of this process, in Prometheus text. Counters live where things happen and are read
 * through functions when somebody scrapes. Any thread may call.
 */
public final class WarmpathMetrics implements AutoCloseable {
  /** Content type of {@link #scrape}. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final Duration[] ROUTE_TIME_BUCKETS =
      LongStream.of(
              10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 1_000_000)
          .mapToObj(micros -> Duration.of(micros, ChronoUnit.MICROS))
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final IndexMetrics index;
  private final FleetMetrics fleet;
  private final Timer routeTime;
  private volatile @Nullable RouteMetrics routes;

  /** Registers every metric, at zero, those of {@link #bindRoutes} apart. */
  public WarmpathMetrics(MetricSources sources) {
    this.index = new IndexMetrics(registry, sources.fleet(), sources.indexes());
    this.fleet = new FleetMetrics(registry, sources.fleet(), sources.isStale());
    this.routeTime =
        Timer.builder("warmpath_route_duration")
            .description("Time that a request to route took in this process")
            .serviceLevelObjectives(ROUTE_TIME_BUCKETS)
            .register(registry);
    new LedgerMetrics(sources.ledger()).bindTo(registry);
    new IngestMetrics(sources.ingest(), sources.inboxBatches()).bindTo(registry);
    new DiscoveryMetrics(sources.discovery()).bindTo(registry);
    bindJvm();
  }

  private void bindJvm() {
    gc.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /** Adds the counters of the request path; once. */
  public void bindRoutes(RouteSource source) {
    this.routes = new RouteMetrics(registry, source);
  }

  /** A request to route took {@code nanos}; called on its thread. */
  public void routeTook(long nanos) {
    routeTime.record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Adds a counter that is counted elsewhere.
   *
   * @param name with the prefix and unit but without the suffix, as in warmpath_admin_refused
   */
  public void addCounter(String name, String description, LongSupplier count) {
    Meters.counter(registry, name, description, count);
  }

  /** Adds a gauge that is kept elsewhere. */
  public void addGauge(String name, String description, LongSupplier value) {
    Meters.gauge(registry, name, description, value::getAsLong);
  }

  /** Every metric, in Prometheus text. */
  public String scrape() {
    index.refresh();
    fleet.refresh();
    RouteMetrics bound = routes;
    if (bound != null) {
      bound.refresh();
    }
    return registry.scrape(CONTENT_TYPE);
  }

  Page page() {
    return new Page(200, CONTENT_TYPE, scrape());
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
