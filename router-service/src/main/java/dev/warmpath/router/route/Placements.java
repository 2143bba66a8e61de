package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;

/**
 * Hears of each prompt that is booked on a target whose worker publishes no KV events, as soon as
 * it is booked. Called under the router's lock, so it must not block.
 */
@FunctionalInterface
public interface Placements {
  /** Nobody listens. */
  Placements UNHEARD = (_, _, _) -> {};

  /**
   * A prompt was placed.
   *
   * @param target computes the prompt
   * @param localHashes the prompt's local hashes; the caller's own, to be copied
   * @param blocks how many of them, at least 1
   */
  void placed(Target target, long[] localHashes, int blocks);
}
