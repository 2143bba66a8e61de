package dev.warmpath.router.admin;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.function.LongSupplier;

/**
 * All metrics of this process, in Prometheus text. Counters live where things happen and are read
 * through functions when somebody scrapes. Any thread may call.
 */
public final class WarmpathMetrics implements AutoCloseable {
  /** Content type of {@link #scrape}. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final IndexMetrics index;
  private final FleetMetrics fleet;
  private final RouteMetrics routes;

  /** Registers every metric, at zero. */
  public WarmpathMetrics(MetricSources sources) {
    this.index = new IndexMetrics(registry, sources.indexes());
    this.fleet = new FleetMetrics(registry, sources.fleet(), sources.isStale());
    this.routes = new RouteMetrics(registry);
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

  /** Where the request path reports its outcomes. */
  public RouteMetrics routes() {
    return routes;
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
