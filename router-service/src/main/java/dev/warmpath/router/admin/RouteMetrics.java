package dev.warmpath.router.admin;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Requests to route, by policy and outcome. Called once per request on its thread: a map look-up,
 * two striped additions and one histogram.
 */
public final class RouteMetrics {
  /** Stands for the policy of requests that were refused before one was chosen. */
  public static final String NO_POLICY = "none";

  /** Most policies with series of their own; the names come from the configuration. */
  static final int MAX_POLICIES = 32;

  private static final Duration[] BUCKETS = {
    Duration.ofNanos(10_000),
    Duration.ofNanos(25_000),
    Duration.ofNanos(50_000),
    Duration.ofNanos(100_000),
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(100),
    Duration.ofSeconds(1)
  };

  private final MeterRegistry registry;
  private final Timer latency;
  private final LongAdder promptBlocks = new LongAdder();
  private final LongAdder overlapBlocks = new LongAdder();
  private final Map<String, Map<RouteOutcome, Counter>> requests = new ConcurrentHashMap<>();

  RouteMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.latency =
        Timer.builder("warmpath_route_duration")
            .description("Time from a decoded request to its decision")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    Meters.counter(
        registry, "warmpath_route_prompt_blocks", "Blocks of routed prompts", promptBlocks::sum);
    Meters.counter(
        registry,
        "warmpath_route_overlap_blocks",
        "Of them, blocks that the chosen target held",
        overlapBlocks::sum);
    countersOf(NO_POLICY);
  }

  /**
   * A request was routed.
   *
   * @param policy the policy that decided
   * @param outcome booked or picked
   * @param nanos from the decoded request to the decision
   * @param promptBlockCount blocks of the prompt
   * @param overlapBlockCount of them, how many the chosen target holds
   */
  public void routed(
      String policy,
      RouteOutcome outcome,
      long nanos,
      int promptBlockCount,
      int overlapBlockCount) {
    count(policy, outcome);
    latency.record(nanos, TimeUnit.NANOSECONDS);
    promptBlocks.add(promptBlockCount);
    overlapBlocks.add(overlapBlockCount);
  }

  /** A request was refused; {@code policy} is {@link #NO_POLICY} when none was chosen. */
  public void refused(String policy, RouteOutcome outcome) {
    count(policy, outcome);
  }

  /** Registers the series of a policy at zero. */
  public void announce(String policy) {
    countersOf(policy);
  }

  private void count(String policy, RouteOutcome outcome) {
    Counter counter = countersOf(policy).get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }

  private Map<RouteOutcome, Counter> countersOf(String policy) {
    @Nullable Map<RouteOutcome, Counter> known = requests.get(policy);
    if (known != null) {
      return known;
    }
    String label = requests.size() < MAX_POLICIES ? policy : NO_POLICY;
    return requests.computeIfAbsent(label, this::register);
  }

  private Map<RouteOutcome, Counter> register(String policy) {
    Map<RouteOutcome, Counter> counters = new EnumMap<>(RouteOutcome.class);
    for (RouteOutcome outcome : RouteOutcome.values()) {
      counters.put(
          outcome,
          Counter.builder("warmpath_route_requests")
              .description("Requests to route, by policy and outcome")
              .tag("policy", policy)
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    return counters;
  }
}
