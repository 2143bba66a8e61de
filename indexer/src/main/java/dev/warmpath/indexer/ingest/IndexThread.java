package dev.warmpath.indexer.ingest;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that owns an {@link Ingest}: a platform thread named {@code warmpath-index}. It
 * runs from construction to {@link #close}. When nothing arrives it naps, longer and longer up to a
 * millisecond, so an event waits at most that long.
 */
public final class IndexThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexThread.class);
  private static final int MESSAGES_PER_POLL = 256;
  private static final long SHORTEST_NAP_NANOS = Duration.ofNanos(50_000).toNanos();
  private static final long LONGEST_NAP_NANOS = Duration.ofMillis(1).toNanos();

  private final Ingest ingest;
  private final OccasionalLog failures = new OccasionalLog(LOG);
  private final Thread thread;
  private volatile boolean closing;

  /** Starts the thread. */
  public IndexThread(Ingest ingest) {
    this.ingest = ingest;
    this.thread = Thread.ofPlatform().name("warmpath-index").daemon().unstarted(this::run);
    thread.start();
  }

  private void run() {
    long nap = SHORTEST_NAP_NANOS;
    while (!closing) {
      if (poll() > 0) {
        nap = SHORTEST_NAP_NANOS;
      } else {
        LockSupport.parkNanos(this, nap);
        nap = Math.min(2 * nap, LONGEST_NAP_NANOS);
      }
    }
  }

  private int poll() {
    try {
      return ingest.poll(System.nanoTime(), MESSAGES_PER_POLL);
    } catch (RuntimeException e) {
      ingest.counters().failures.increment();
      failures.error("a round of the index thread failed", e);
      return 0;
    }
  }

  /** Whether the thread runs; false after {@link #close} or a fatal error. */
  public boolean isAlive() {
    return thread.isAlive();
  }

  /** Stops the thread and waits for it. Messages that still wait stay in the inbox. */
  @Override
  public void close() {
    closing = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
