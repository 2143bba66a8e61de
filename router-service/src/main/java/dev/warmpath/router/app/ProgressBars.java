package dev.warmpath.router.app;

import me.tongfei.progressbar.ProgressBar;

/** Progress for people: a bar on a terminal, nothing elsewhere. */
final class ProgressBars {
  private ProgressBars() {}

  /** Work that calls its argument, from any thread, whenever a step is done. */
  interface Work<T> {
    T run(Runnable step) throws Exception;
  }

  /** Shows a bar while {@code work} goes on, if a person is there to see it. */
  static <T> T show(String task, long steps, Work<T> work) throws Exception {
    if (!StandardError.isTerminal()) {
      return work.run(() -> {});
    }
    try (ProgressBar bar = new ProgressBar(task, steps)) {
      return work.run(bar::step);
    }
  }
}
