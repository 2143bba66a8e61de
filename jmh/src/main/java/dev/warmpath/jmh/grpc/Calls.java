package dev.warmpath.jmh.grpc;

/** Something that can be called over and over. Called by one thread. */
@FunctionalInterface
interface Calls {
  /**
   * Starts a call and does not wait for its end.
   *
   * @param number counts the calls
   * @param ended to be told when the answer is there, on any thread
   */
  void start(long number, Ended ended);

  /** Hears of the end of one call, once. */
  @FunctionalInterface
  interface Ended {
    void ended(boolean answered);
  }
}
