package dev.warmpath.indexer.ingest;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * Warnings about events that a peer can cause at any rate: at most one a second is written, with
 * the number of those left out. Any thread.
 */
final class OccasionalLog {
  private static final long PERIOD_NANOS = Duration.ofSeconds(1).toNanos();

  private final Logger log;
  private final AtomicLong nextAtNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong leftOut = new AtomicLong();

  OccasionalLog(Logger log) {
    this.log = log;
  }

  void warn(String what) {
    if (mayWrite()) {
      log.warn("{} ({} more not logged)", what, leftOut.getAndSet(0));
    }
  }

  void warn(String what, Throwable cause) {
    if (mayWrite()) {
      log.warn("{}: {} ({} more not logged)", what, cause.toString(), leftOut.getAndSet(0));
    }
  }

  /** As {@link #warn}, with the stack trace: for what should never happen. */
  void error(String what, Throwable cause) {
    if (mayWrite()) {
      log.error("{} ({} more not logged)", what, leftOut.getAndSet(0), cause);
    }
  }

  private boolean mayWrite() {
    long now = System.nanoTime();
    long next = nextAtNanos.get();
    if (now - next >= 0 && nextAtNanos.compareAndSet(next, now + PERIOD_NANOS)) {
      return true;
    }
    leftOut.incrementAndGet();
    return false;
  }
}
