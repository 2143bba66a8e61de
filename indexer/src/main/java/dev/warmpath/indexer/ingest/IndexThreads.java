package dev.warmpath.indexer.ingest;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that own an {@link Ingest}, one for each shard: platform threads named {@code
 * warmpath-index-0} and so on. They run from construction to {@link #close}. A thread for which
 * nothing arrives naps, longer and longer up to a millisecond, so an event waits at most that long.
 */
public final class IndexThreads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexThreads.class);
  private static final int MESSAGES_PER_POLL = 256;
  private static final long SHORTEST_NAP_NANOS = Duration.ofNanos(50_000).toNanos();
  private static final long LONGEST_NAP_NANOS = Duration.ofMillis(1).toNanos();

  private final Ingest ingest;
  private final OccasionalLog failures = new OccasionalLog(LOG);
  private final List<Thread> threads;
  private volatile boolean closing;

  /** Starts the threads. */
  public IndexThreads(Ingest ingest) {
    this.ingest = ingest;
    this.threads = IntStream.range(0, ingest.shards()).mapToObj(this::thread).toList();
    threads.forEach(Thread::start);
  }

  private Thread thread(int shard) {
    return Thread.ofPlatform().name("warmpath-index-" + shard).daemon().unstarted(() -> run(shard));
  }

  private void run(int shard) {
    long nap = SHORTEST_NAP_NANOS;
    while (!closing) {
      if (poll(shard) > 0) {
        nap = SHORTEST_NAP_NANOS;
      } else {
        LockSupport.parkNanos(this, nap);
        nap = Math.min(2 * nap, LONGEST_NAP_NANOS);
      }
    }
  }

  private int poll(int shard) {
    try {
      return ingest.poll(shard, System.nanoTime(), MESSAGES_PER_POLL);
    } catch (RuntimeException e) {
      ingest.counters().failures.increment();
      failures.error("a round of an index thread failed", e);
      return 0;
    }
  }

  /** Whether all threads run; false after {@link #close} or a fatal error of one. */
  public boolean areAlive() {
    return threads.stream().allMatch(Thread::isAlive);
  }

  /** Stops the threads and waits for them. Messages that still wait stay in the inboxes. */
  @Override
  public void close() {
    closing = true;
    threads.forEach(LockSupport::unpark);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
