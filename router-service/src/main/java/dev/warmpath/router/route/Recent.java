package dev.warmpath.router.route;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the router has lately decided for one model, as far as it matters to the next decision. Who
 * books writes, one thread at a time; any thread may read.
 */
final class Recent {
  final Demand demand = new Demand();
  final CacheTurnover turnover = new CacheTurnover();
  private final ConcurrentHashMap<Policy, AtomicLong> turns = new ConcurrentHashMap<>();

  /** Requests booked under a policy. */
  long turn(Policy policy) {
    AtomicLong taken = turns.get(policy);
    return taken == null ? 0 : taken.get();
  }

  /** A request was booked. */
  void booked(RouteQuery query, RouteResult.Decision decision, long nowNanos) {
    turns.computeIfAbsent(query.policy(), _ -> new AtomicLong()).incrementAndGet();
    int uncachedTokens = query.promptTokens() - decision.overlap().cachedTokens();
    demand.booked(uncachedTokens, nowNanos);
    turnover.booked(
        decision.promptTarget(), query.blocks() - decision.overlap().deviceBlocks(), nowNanos);
  }
}
