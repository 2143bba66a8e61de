package dev.warmpath.indexer.testing;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.ingest.CacheSnapshotSource;
import dev.warmpath.indexer.ingest.EventTransport;
import dev.warmpath.indexer.ingest.IndexedTarget;
import dev.warmpath.indexer.ingest.KvEventPublisher;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A worker with one rank whose cache changes at random and is published. Thread-safe. */
public final class TestWorker implements CacheSnapshotSource {
  /** Model that test workers serve: it needs encoding in subjects. */
  public static final String MODEL = "meta-llama/Llama-3.1-8B";

  /** Tokens in a block. */
  public static final int BLOCK_SIZE = 16;

  private final TargetId id;
  private final ModelCache cache;
  private final KvEventPublisher publisher;

  /** A worker with an empty cache. */
  public TestWorker(String workerId, long incarnation, long seed, EventTransport transport) {
    this.id = new TargetId(workerId, 0);
    this.cache = new ModelCache(new Random(seed), 400);
    this.publisher = new KvEventPublisher(MODEL, workerId, incarnation, 1, BLOCK_SIZE, transport);
  }

  /** As the index must know the worker's only rank. */
  public IndexedTarget target(int slot) {
    return new IndexedTarget(slot, id, MODEL, BLOCK_SIZE, false, publisher.incarnation());
  }

  /** Changes the cache {@code events} times and publishes that as one batch. */
  public synchronized void change(int events) {
    List<KvEvent> changes = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      changes.add(cache.change());
    }
    publisher.publishHashed(0, changes);
  }

  /** See {@link KvEventPublisher#heartbeat}. */
  public void heartbeat() {
    publisher.heartbeat(System.nanoTime());
  }

  /** {@link dev.warmpath.indexer.event.CacheDigest} of the cache. */
  public synchronized long digest() {
    return cache.digest();
  }

  /** The worker's id. */
  public String workerId() {
    return id.workerId();
  }

  /** This life of the worker. */
  public long incarnation() {
    return publisher.incarnation();
  }

  @Override
  public synchronized CacheSnapshot snapshot(int rank) {
    return new CacheSnapshot(
        id, publisher.incarnation(), publisher.lastEventId(rank), cache.content());
  }
}
