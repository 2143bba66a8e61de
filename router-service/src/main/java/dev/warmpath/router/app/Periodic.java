package dev.warmpath.router.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task done again and again on a thread of its own; a failure is logged and the next time comes.
 */
final class Periodic implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Periodic.class);

  private final String name;
  private final Duration pause;
  private final Runnable task;
  private final CountDownLatch closed = new CountDownLatch(1);

  /**
   * Starts the thread.
   *
   * @param pause from the end of one time to the start of the next
   */
  Periodic(String name, Duration pause, Runnable task) {
    this.name = name;
    this.pause = pause;
    this.task = task;
    Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  private void run() {
    try {
      while (!closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
        doOnce();
      }
    } catch (InterruptedException e) {
      LOG.warn("{} was interrupted and ends", name, e);
    }
  }

  private void doOnce() {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("{} failed this time", name, e);
    }
  }

  /** Ends it after the time that may be under way. */
  @Override
  public void close() {
    closed.countDown();
  }
}
