package dev.warmpath.router.discovery;

import java.time.Duration;

/**
 * How fresh the fleet is. Immutable. Times are {@link System#nanoTime}.
 *
 * @param connected whether the source answers; while it does not, the last known fleet serves
 * @param sinceNanos when {@code connected} became what it is
 * @param listed whether the fleet was read in full at least once
 * @param changedNanos when the fleet changed last; the start when it never did
 */
public record MembershipState(
    boolean connected, long sinceNanos, boolean listed, long changedNanos) {
  /** How long {@code connected} has been what it is. */
  public Duration inState(long nowNanos) {
    return Duration.ofNanos(nowNanos - sinceNanos);
  }

  /** How long ago the fleet changed last. */
  public Duration sinceChange(long nowNanos) {
    return Duration.ofNanos(nowNanos - changedNanos);
  }

  static MembershipState initial(long nowNanos) {
    return new MembershipState(false, nowNanos, false, nowNanos);
  }

  MembershipState withListing(long nowNanos) {
    return new MembershipState(true, connected ? sinceNanos : nowNanos, true, changedNanos);
  }

  MembershipState withFailure(long nowNanos) {
    return new MembershipState(false, connected ? nowNanos : sinceNanos, listed, changedNanos);
  }

  MembershipState withChange(long nowNanos) {
    return new MembershipState(connected, sinceNanos, listed, nowNanos);
  }
}
