package dev.warmpath.router.replay.load;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Requests that arrive whatever became of those before them. One thread. */
public final class OpenLoop implements Arrivals {
  private final Iterator<LoadRequest> requests;
  private final LongUnaryOperator clock;
  private @Nullable LoadRequest next;
  private long nextNanos;

  /**
   * @param requests in the order of their arrival; taken one by one
   */
  public OpenLoop(Iterator<LoadRequest> requests, Timing timing) {
    this.requests = requests;
    this.clock = timing.clock();
    advance();
  }

  private void advance() {
    next = requests.hasNext() ? requests.next() : null;
    nextNanos = next == null ? NONE : clock.applyAsLong(next.timestampNanos());
  }

  @Override
  public long nextNanos() {
    return nextNanos;
  }

  @Override
  public LoadRequest take() {
    LoadRequest taken = next;
    if (taken == null) {
      throw new NoSuchElementException();
    }
    advance();
    return taken;
  }

  @Override
  public void ended(LoadRequest request, long nowNanos) {}
}
