package dev.warmpath.router.discovery;

import java.time.Duration;

/** How long to wait before the next attempt: twice as long each time, up to a limit. */
final class Pause {
  private static final Duration FIRST = Duration.ofMillis(100);

  private final Duration most;
  private Duration next = FIRST;

  Pause(Duration most) {
    this.most = most;
  }

  /** The next wait. */
  Duration next() {
    Duration pause = next.compareTo(most) < 0 ? next : most;
    next = pause.multipliedBy(2);
    return pause;
  }

  /** An attempt succeeded. */
  void reset() {
    next = FIRST;
  }
}
