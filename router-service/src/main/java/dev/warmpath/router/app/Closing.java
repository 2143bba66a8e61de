package dev.warmpath.router.app;

import java.util.Deque;

/** Closes what was started, last first. */
final class Closing {
  private Closing() {}

  /**
   * Closes and removes all parts, the first of the deque first.
   *
   * @throws Exception the first failure, once all have been closed; later ones are suppressed in it
   */
  static void all(Deque<? extends AutoCloseable> parts) throws Exception {
    Exception failure = null;
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
