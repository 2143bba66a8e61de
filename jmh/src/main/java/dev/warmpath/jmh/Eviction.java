package dev.warmpath.jmh;

/** Which block of a prompt goes first, when {@link Churn} makes room. */
public enum Eviction {
  /** As engines do that free a request's blocks in reverse. */
  TAIL_FIRST,

  /** Each removal but the last leaves a hole at the beginning. */
  HEAD_FIRST,

  /** Holes anywhere. */
  RANDOM
}
