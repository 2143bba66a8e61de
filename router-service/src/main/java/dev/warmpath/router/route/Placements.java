package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;

/**
 * Hears of each prompt that is booked on a target whose worker publishes no KV events, as soon as
 * it is booked. Called under the lock of the model, so it must not block; for different models at
 * the same time.
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
