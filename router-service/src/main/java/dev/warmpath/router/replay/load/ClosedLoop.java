package dev.warmpath.router.replay.load;

import java.time.Duration;
import java.util.Iterator;
import java.util.PriorityQueue;

/**
 * A number of clients that each send a request, wait for the whole answer, and send the next one:
 * all first requests at one instant. A client that is refused pauses first. One thread.
 */
public final class ClosedLoop implements Arrivals {
  /** How long a client that was refused waits before it sends the next request. */
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Iterator<LoadRequest> requests;
  private final PriorityQueue<Long> dueNanos = new PriorityQueue<>();

  /**
   * @param concurrency how many clients, at least 1
   * @param requests what they send, in order
   */
  public ClosedLoop(int concurrency, Iterator<LoadRequest> requests, long startNanos) {
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency must be at least 1: " + concurrency);
    }
    this.requests = requests;
    for (int client = 0; client < concurrency; client++) {
      dueNanos.add(startNanos);
    }
  }

  @Override
  public long nextNanos() {
    return dueNanos.isEmpty() || !requests.hasNext() ? NONE : dueNanos.element();
  }

  @Override
  public LoadRequest take() {
    dueNanos.remove();
    return requests.next();
  }

  @Override
  public void ended(LoadRequest request, long nowNanos) {
    dueNanos.add(nowNanos);
  }

  @Override
  public void refused(LoadRequest request, long nowNanos) {
    dueNanos.add(nowNanos + PAUSE_NANOS);
  }
}
