package dev.warmpath.router.route;

/** How a request is split between targets. */
public enum Placement {
  /** One aggregated target does both phases. */
  AGGREGATED,
  /** A prefill target computes the prompt, a decode target generates. */
  DISAGGREGATED,
  /** A decode target does both phases, since the rule of its model says so. */
  LOCAL_PREFILL,
  /** An aggregated or decode target does both phases, since a pool has no target to offer. */
  FALLBACK
}
