package dev.warmpath.router.fleet;

/** What a worker does for its model. */
public enum Role {
  /** Prefill and decode on the same target. */
  AGGREGATED,
  /** Computes prompts and hands their KV blocks over. */
  PREFILL,
  /** Generates from KV blocks that a prefill worker computed. */
  DECODE
}
