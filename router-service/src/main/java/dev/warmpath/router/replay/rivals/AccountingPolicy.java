package dev.warmpath.router.replay.rivals;

import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteQuery;

/** A policy that keeps an account of what it placed; so it is made for one replay. One thread. */
public interface AccountingPolicy extends Policy {
  /**
   * A request was placed.
   *
   * @param request its number
   * @param slot the target's slot
   * @param cachedBlocks leading blocks that the target held, as the decision saw it
   */
  void placed(long request, RouteQuery query, int slot, int cachedBlocks, long nowNanos);

  /** Its prompt is computed. */
  void firstToken(long request, long nowNanos);

  /** Its last output token is there. */
  void finished(long request, long nowNanos);
}
