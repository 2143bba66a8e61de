package dev.warmpath.router.app;

import dev.warmpath.router.route.WaitingLimits;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the requests that wait for a target, on a thread of its own: soon after it is woken, and
 * now and then, since deadlines pass and reported load fades without a sign.
 */
final class WaitingThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WaitingThread.class);

  private final Runnable serve;
  private final Semaphore woken = new Semaphore(0);
  private volatile boolean closing;

  /** Starts the thread. */
  WaitingThread(Runnable serve) {
    this.serve = serve;
    Thread.ofPlatform().daemon().name("warmpath-waiting").start(this::run);
  }

  /** Some target may take a request. Any thread; never blocks. */
  void wake() {
    if (woken.availablePermits() == 0) {
      woken.release();
    }
  }

  private void run() {
    try {
      while (!closing) {
        if (woken.tryAcquire(WaitingLimits.PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
          woken.drainPermits();
        }
        serveOnce();
      }
    } catch (InterruptedException e) {
      LOG.warn("the thread of waiting requests was interrupted and ends", e);
    }
  }

  private void serveOnce() {
    try {
      serve.run();
    } catch (RuntimeException e) {
      LOG.error("serving waiting requests failed this time", e);
    }
  }

  /** Ends it after the time that may be under way. */
  @Override
  public void close() {
    closing = true;
    woken.release();
  }
}
