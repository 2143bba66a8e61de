package dev.warmpath.router.replay.serve;

import dev.warmpath.router.replay.deploy.RouterRules;
import dev.warmpath.router.route.SessionAffinity;
import dev.warmpath.router.route.WaitingLimits;
import dev.warmpath.router.route.WaitingQueue;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Requests that found every target beyond its limits, and wait at the router until one can take
 * them, for a time. As in production they are tried when load goes and every few milliseconds. One
 * thread.
 */
final class WaitingFlights {
  /** {@link #nextNanos} when nobody waits. */
  static final long NONE = Long.MAX_VALUE;

  private static final int NO_PRIORITY = 0;

  private final WaitingLimits limits;
  private final int vainTries;
  private final WaitingQueue<Flight> queue = new WaitingQueue<>();
  private long nextNanos = NONE;

  WaitingFlights(RouterRules rules) {
    this.limits = rules.waiting();
    // Unless a session must stay where it is, a request finds a target where any other does.
    this.vainTries = rules.affinity() == SessionAffinity.HARD ? WaitingQueue.MAX_VAIN_TRIES : 1;
  }

  boolean isEmpty() {
    return queue.size() == 0;
  }

  /** Lets a request wait. Returns the one that must go in its stead; null when there is room. */
  @Nullable Flight add(Flight flight, long nowNanos) {
    flight.startsToWait(nowNanos);
    Flight last =
        queue.add(flight, NO_PRIORITY, nowNanos + limits.maxWaitNanos(), limits.maxRequests());
    nextNanos = nowNanos;
    if (last != null) {
      last.waited(nowNanos);
    }
    return last;
  }

  /** A target may have room. */
  void loadWent(long nowNanos) {
    if (!isEmpty()) {
      nextNanos = nowNanos;
    }
  }

  /** When they are tried next; {@link #NONE} when nobody waits. */
  long nextNanos() {
    return nextNanos;
  }

  /** Takes out those that have waited long enough. */
  List<Flight> removeOverdue(long nowNanos) {
    List<Flight> overdue = queue.removeOverdue(nowNanos);
    overdue.forEach(flight -> flight.waited(nowNanos));
    return overdue;
  }

  /** Tries them in order, and takes out those that were placed. */
  void serve(long nowNanos, Predicate<Flight> placed) {
    queue.serve(
        flight -> {
          flight.waited(nowNanos);
          return placed.test(flight);
        },
        vainTries);
    nextNanos = isEmpty() ? NONE : nowNanos + WaitingLimits.PAUSE.toNanos();
  }
}
