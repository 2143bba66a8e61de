package dev.warmpath.router.discovery;

import java.time.Duration;

/** Waits for threads that were told to end. */
final class Closing {
  private Closing() {}

  /** Waits for {@code thread}, if it was started, at most {@code patience}. */
  static void join(Thread thread, Duration patience) {
    if (thread.getState() == Thread.State.NEW) {
      return;
    }
    try {
      thread.join(patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
