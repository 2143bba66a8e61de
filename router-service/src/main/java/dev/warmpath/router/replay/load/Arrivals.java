package dev.warmpath.router.replay.load;

/** Requests as they arrive, one after another; what comes may depend on what ended. One thread. */
public sealed interface Arrivals permits OpenLoop, ClosedLoop, Sessions {
  /** {@link #nextNanos} when no request is due, for the time being or for good. */
  long NONE = Long.MAX_VALUE;

  /** When the next request arrives, nanoseconds; {@link #NONE} for none. */
  long nextNanos();

  /** Takes the next request. */
  LoadRequest take();

  /**
   * A request that was taken is answered, or will never be.
   *
   * @param nowNanos when whoever sent it has the whole answer
   */
  void ended(LoadRequest request, long nowNanos);

  /**
   * The router refused a request that was taken.
   *
   * @param nowNanos when whoever sent it hears of it
   */
  default void refused(LoadRequest request, long nowNanos) {
    ended(request, nowNanos);
  }
}
