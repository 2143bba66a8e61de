package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the router has lately decided for one model, as far as it matters to the next decision. Who
 * books writes, one thread at a time; any thread may read.
 */
final class Recent {
  /** How long after the first token the event that tells of the blocks may come. */
  private static final long EVENTS_LATE_NANOS = Duration.ofSeconds(15).toNanos();

  final Demand demand = new Demand();
  final CacheTurnover turnover = new CacheTurnover();
  final PendingPrompts pending = new PendingPrompts(turnover);
  private final ConcurrentHashMap<Policy, AtomicLong> turns = new ConcurrentHashMap<>();

  /** Requests booked under a policy. */
  long turn(Policy policy) {
    AtomicLong taken = turns.get(policy);
    return taken == null ? 0 : taken.get();
  }

  /**
   * A request was booked.
   *
   * @param target computes the prompt
   * @param bookingId the booking
   * @param cachedBlocks leading blocks that it is expected to find there
   * @param uncachedTokens tokens that it is expected to compute
   * @param firstTokenNanos when its first token is expected
   */
  void booked(
      RouteQuery query,
      Target target,
      long bookingId,
      int cachedBlocks,
      int uncachedTokens,
      long nowNanos,
      long firstTokenNanos) {
    turns.computeIfAbsent(query.policy(), _ -> new AtomicLong()).incrementAndGet();
    demand.booked(query.promptTokens(), uncachedTokens, nowNanos);
    turnover.booked(target, query.blocks() - cachedBlocks, nowNanos);
    pending.add(
        target,
        bookingId,
        query.localHashes(),
        query.blocks(),
        nowNanos,
        firstTokenNanos + EVENTS_LATE_NANOS);
  }
}
