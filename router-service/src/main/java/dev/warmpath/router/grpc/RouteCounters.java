package dev.warmpath.router.grpc;

import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the gRPC side has done since it started. Any thread adds and reads; nothing blocks. */
public final class RouteCounters {
  private final Map<String, LongAdder> routed =
      Arrays.stream(Policies.values())
          .collect(Collectors.toUnmodifiableMap(Policies::policyName, _ -> new LongAdder()));
  private final Map<Refusal, LongAdder> refused =
      Arrays.stream(Refusal.values())
          .collect(Collectors.toUnmodifiableMap(Function.identity(), _ -> new LongAdder()));
  private final ConcurrentHashMap<String, LongAdder> invalid = new ConcurrentHashMap<>();
  private final LongAdder allExcluded = new LongAdder();
  private final LongAdder overloaded = new LongAdder();
  private final ConcurrentHashMap<String, LongAdder> exclusions = new ConcurrentHashMap<>();
  private final LongAdder waited = new LongAdder();
  private final LongAdder waitedNanos = new LongAdder();
  private final LongAdder queueFull = new LongAdder();
  private final LongAdder waitedTooLong = new LongAdder();
  private final LongAdder cancelledWaiting = new LongAdder();
  private final LongAdder unknownModels = new LongAdder();
  private final LongAdder dryRuns = new LongAdder();
  private final LongAdder promptBlocks = new LongAdder();
  private final LongAdder overlapBlocks = new LongAdder();
  private final LongAdder reportsApplied = new LongAdder();
  private final LongAdder reportsUnknown = new LongAdder();
  private final LongAdder bookingsFailed = new LongAdder();
  private final LongAdder releasedByStream = new LongAdder();

  void routed(Decision decision, int blocks) {
    if (decision.bookingId() == Decision.NOT_BOOKED) {
      dryRuns.increment();
      return;
    }
    LongAdder ofPolicy = routed.get(decision.policy());
    if (ofPolicy != null) {
      ofPolicy.increment();
    }
    promptBlocks.add(blocks);
    overlapBlocks.add(decision.overlap().deviceBlocks());
  }

  void refused(Refusal refusal) {
    LongAdder ofReason = refused.get(refusal);
    if (ofReason != null) {
      ofReason.increment();
    }
  }

  void allExcluded(AllExcluded all) {
    (all.isOverload() ? overloaded : allExcluded).increment();
    all.counts()
        .forEach((filter, count) ->
            exclusions.computeIfAbsent(filter.filterName(), _ -> new LongAdder()).add(count));
  }

  /** A request or a report was refused for one of its fields. */
  public void invalid(String field) {
    invalid.computeIfAbsent(field, _ -> new LongAdder()).increment();
  }

  void waited(long nanos) {
    waited.increment();
    waitedNanos.add(nanos);
  }

  void refusedForFullQueue() {
    queueFull.increment();
  }

  void refusedAfterWaiting() {
    waitedTooLong.increment();
  }

  void cancelledWhileWaiting() {
    cancelledWaiting.increment();
  }

  void unknownModel() {
    unknownModels.increment();
  }

  void reported(boolean known) {
    (known ? reportsApplied : reportsUnknown).increment();
  }

  void bookingFailed() {
    bookingsFailed.increment();
  }

  void releasedByStream(long bookings) {
    releasedByStream.add(bookings);
  }

  /** Requests that were placed and booked, by policy. */
  public Map<String, Long> routed() {
    return sums(routed);
  }

  /** Requests that were refused, by reason. A request that was tried again counts each time. */
  public Map<Refusal, Long> refused() {
    return sums(refused);
  }

  /** Requests and reports that were refused for one of their fields, by field. */
  public Map<String, Long> invalid() {
    return sums(invalid);
  }

  /** Requests refused since filters left out every target, none of them only for its load. */
  public long allExcluded() {
    return allExcluded.sum();
  }

  /** Requests refused since filters left out every target, some of them only for their load. */
  public long overloaded() {
    return overloaded.sum();
  }

  /** Targets that were left out in the requests so refused, by filter. */
  public Map<String, Long> exclusions() {
    return sums(exclusions);
  }

  /** Requests that waited for a target and were answered. */
  public long waited() {
    return waited.sum();
  }

  /** How long those waited in total, nanoseconds. */
  public long waitedNanos() {
    return waitedNanos.sum();
  }

  /** Requests refused since too many waited. */
  public long queueFull() {
    return queueFull.sum();
  }

  /** Requests refused since they had waited long enough. */
  public long waitedTooLong() {
    return waitedTooLong.sum();
  }

  /** Requests whose caller went while they waited. */
  public long cancelledWaiting() {
    return cancelledWaiting.sum();
  }

  /** Requests for a model that nobody serves. */
  public long unknownModels() {
    return unknownModels.sum();
  }

  /** Requests that were placed without booking, explanations included. */
  public long dryRuns() {
    return dryRuns.sum();
  }

  /** Whole blocks in the prompts of booked requests. */
  public long promptBlocks() {
    return promptBlocks.sum();
  }

  /** Of them, the leading ones that the chosen target held on its device. */
  public long overlapBlocks() {
    return overlapBlocks.sum();
  }

  /** Reports on open bookings. */
  public long reportsApplied() {
    return reportsApplied.sum();
  }

  /** Reports on bookings that do not exist. */
  public long reportsUnknown() {
    return reportsUnknown.sum();
  }

  /** Bookings that ended because a report said that the request failed. */
  public long bookingsFailed() {
    return bookingsFailed.sum();
  }

  /** Bookings that ended because the stream that named them did. */
  public long releasedByStream() {
    return releasedByStream.sum();
  }

  private static <K> Map<K, Long> sums(Map<K, LongAdder> adders) {
    return adders.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, entry -> entry.getValue().sum()));
  }
}
