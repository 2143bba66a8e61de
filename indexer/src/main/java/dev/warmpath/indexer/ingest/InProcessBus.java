package dev.warmpath.indexer.ingest;

import dev.warmpath.v1.KvEventBatch;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects publishers and one {@link Ingest} in the same process. Thread-safe. A batch is in the
 * inbox when {@link #send} returns; a resync request is answered on a virtual thread.
 */
public final class InProcessBus implements EventTransport, ResyncRequester {
  private static final Logger LOG = LoggerFactory.getLogger(InProcessBus.class);

  private final ConcurrentHashMap<String, CacheSnapshotSource> sources = new ConcurrentHashMap<>();
  private final LongAdder dropped = new LongAdder();
  private final OccasionalLog warnings = new OccasionalLog(LOG);
  private volatile @Nullable Ingest ingest;

  /**
   * Batches and answers go to {@code ingest} from here on; before, they are dropped and counted.
   */
  public void attach(Ingest ingest) {
    this.ingest = ingest;
  }

  /** Resync requests for the worker go to {@code source} from here on. */
  public void register(String workerId, CacheSnapshotSource source) {
    sources.put(workerId, source);
  }

  /** The worker is gone: requests for it are dropped. */
  public void unregister(String workerId) {
    sources.remove(workerId);
  }

  /** Batches dropped: nothing was attached, or they were malformed. */
  public long dropped() {
    return dropped.sum();
  }

  @Override
  public void send(KvEventBatch batch) {
    Ingest to = ingest;
    if (to == null) {
      dropped.increment();
      return;
    }
    try {
      new WireIntake(to).take(batch);
    } catch (MalformedEventException e) {
      dropped.increment();
      warnings.warn("event batch refused", e);
    }
  }

  @Override
  public boolean request(IndexedTarget target, long incarnation, long appliedEventId) {
    CacheSnapshotSource source = sources.get(target.id().workerId());
    Ingest to = ingest;
    if (source != null && to != null) {
      Thread.ofVirtual().name("warmpath-resync").start(() -> answer(source, target, to));
    }
    return true;
  }

  private void answer(CacheSnapshotSource source, IndexedTarget target, Ingest to) {
    try {
      to.offer(source.snapshot(target.id().rank()));
    } catch (RuntimeException e) {
      to.counters().resyncsFailed.increment();
      warnings.warn("no snapshot of " + target.id(), e);
    }
  }
}
