package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.TargetId;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/**
 * What the index holds of some targets, one after another, each taken when it is asked for, so that
 * no more than one has to be kept. It counts among {@link Ingest#MOST_DUMPS} until it is closed.
 * One thread at a time; any may close.
 */
public final class Dump implements AutoCloseable {
  private final Iterator<TargetId> targets;
  private final Function<TargetId, CompletableFuture<Optional<CacheSnapshot>>> content;
  private final Runnable whenClosed;
  private final LongAdder notRead;
  private final AtomicBoolean closed = new AtomicBoolean();

  Dump(
      List<TargetId> targets,
      Function<TargetId, CompletableFuture<Optional<CacheSnapshot>>> content,
      Runnable whenClosed,
      LongAdder notRead) {
    this.targets = targets.iterator();
    this.content = content;
    this.whenClosed = whenClosed;
    this.notRead = notRead;
  }

  /** Whether there are targets that were not asked for. */
  public boolean hasNext() {
    return targets.hasNext();
  }

  /**
   * Asks for the next target's content; answered by its owner thread. Empty for a target that has
   * left, or whose incarnation is not known.
   */
  public CompletableFuture<Optional<CacheSnapshot>> next() {
    return content.apply(targets.next());
  }

  /** Closes, since nobody reads it; counted. */
  public void closeUnread() {
    notRead.increment();
    close();
  }

  /** Makes room for another dump. A second time does nothing. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      whenClosed.run();
    }
  }
}
