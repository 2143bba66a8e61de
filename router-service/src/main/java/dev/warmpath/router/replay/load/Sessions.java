package dev.warmpath.router.replay.load;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Sessions whose first request arrives by its timestamp, and each further one when the answer to
 * the one before has come and its delay has passed. Requests of no session arrive by their
 * timestamps. One thread.
 */
public final class Sessions implements Arrivals {
  private final Map<String, ArrayDeque<LoadRequest>> laterTurns = new HashMap<>();
  private final PriorityQueue<Due> due = new PriorityQueue<>(Due.EARLIEST_FIRST);
  private final double speedup;
  private long sequence;

  /**
   * @param requests in the order of their timestamps
   * @param speedup how many seconds of the trace, delays included, pass in a second; above 0
   */
  public Sessions(List<LoadRequest> requests, double speedup) {
    this.speedup = speedup;
    for (LoadRequest request : requests) {
      ArrayDeque<LoadRequest> turns = laterTurns.get(request.session());
      if (!request.session().isEmpty() && turns != null) {
        turns.add(request);
      } else {
        laterTurns.put(request.session(), new ArrayDeque<>());
        schedule(request, Math.round(request.timestampNanos() / speedup));
      }
    }
  }

  private void schedule(LoadRequest request, long nanos) {
    due.add(new Due(nanos, sequence++, request));
  }

  @Override
  public long nextNanos() {
    Due first = due.peek();
    return first == null ? NONE : first.nanos();
  }

  @Override
  public LoadRequest take() {
    return due.remove().request();
  }

  @Override
  public void ended(LoadRequest request, long nowNanos) {
    ArrayDeque<LoadRequest> turns = laterTurns.get(request.session());
    if (turns != null && !turns.isEmpty()) {
      LoadRequest next = turns.remove();
      schedule(next, nowNanos + Math.round(next.delayNanos() / speedup));
    }
  }

  private record Due(long nanos, long sequence, LoadRequest request) {
    static final Comparator<Due> EARLIEST_FIRST =
        Comparator.comparingLong(Due::nanos).thenComparingLong(Due::sequence);
  }
}
