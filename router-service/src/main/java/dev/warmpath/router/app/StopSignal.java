package dev.warmpath.router.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The wish of whoever started this process that it end (SIGTERM, SIGINT). Opened before what is to
 * be cleaned up, so that it closes after it: the process lives on until then, for a bounded time.
 */
final class StopSignal implements AutoCloseable {
  private static final Duration CLEAN_UP_TIME = Duration.ofSeconds(10);

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch cleanedUp = new CountDownLatch(1);

  /** Listens for the signal. */
  StopSignal() {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::stopAndWait));
  }

  private void stopAndWait() {
    stop.countDown();
    try {
      cleanedUp.await(CLEAN_UP_TIME.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the signal. */
  void await() throws InterruptedException {
    stop.await();
  }

  /** Everything is cleaned up: the process may end. */
  @Override
  public void close() {
    cleanedUp.countDown();
  }
}
