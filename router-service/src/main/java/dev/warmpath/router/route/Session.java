package dev.warmpath.router.route;

/**
 * The session that a request belongs to.
 *
 * @param id names it among the sessions of its model
 * @param hard whether a request that cannot go to the session's target is refused
 * @param ttlNanos how long the session keeps its target after its last request, above 0
 */
public record Session(String id, boolean hard, long ttlNanos) {
  public Session {
    if (ttlNanos <= 0) {
      throw new IllegalArgumentException("ttl of a session must be above 0 ns: " + ttlNanos);
    }
  }
}
