package dev.warmpath.router.app;

import dev.warmpath.router.replay.load.LoadRequest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests on a thread of its own, a bounded number ahead of the one thread that takes them:
 * the same requests in the same order. What reading throws is thrown to whoever would have taken
 * the request. When the last was taken, or after {@link #close}, the source is at rest.
 */
final class ReadAhead implements Iterator<LoadRequest>, AutoCloseable {
  private static final int BATCH = 64;
  private static final int BATCHES_AHEAD = 8;

  private final Iterator<LoadRequest> source;
  private final BlockingQueue<Batch> batches = new ArrayBlockingQueue<>(BATCHES_AHEAD);
  private final Thread thread;

  // Of the thread that takes.
  private Batch batch = new Batch(List.of(), false, null);
  private int taken;

  /** Starts the thread. */
  ReadAhead(Iterator<LoadRequest> source) {
    this.source = source;
    this.thread = Thread.ofPlatform().daemon().name("warmpath-read-ahead").start(this::run);
  }

  private void run() {
    try {
      boolean last = false;
      while (!last) {
        Batch read = read();
        last = read.last();
        batches.put(read);
      }
    } catch (InterruptedException _) {
      // Closed: nobody wants the rest.
    }
  }

  private Batch read() {
    List<LoadRequest> requests = new ArrayList<>(BATCH);
    try {
      while (requests.size() < BATCH && source.hasNext()) {
        requests.add(source.next());
      }
      return new Batch(requests, !source.hasNext(), null);
    } catch (RuntimeException | Error e) {
      return new Batch(requests, true, e);
    }
  }

  @Override
  public boolean hasNext() {
    while (taken == batch.requests().size() && !batch.last()) {
      batch = nextBatch();
      taken = 0;
    }
    if (taken < batch.requests().size()) {
      return true;
    }
    return switch (batch.failure()) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> false;
    };
  }

  private Batch nextBatch() {
    try {
      return batches.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while requests were read", e);
    }
  }

  @Override
  public LoadRequest next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return batch.requests().get(taken++);
  }

  /** Ends the thread; what was read and not taken is lost. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Some requests in their order.
   *
   * @param last whether no more come
   * @param failure what ended the reading behind them; null for nothing
   */
  private record Batch(List<LoadRequest> requests, boolean last, @Nullable Throwable failure) {}
}
