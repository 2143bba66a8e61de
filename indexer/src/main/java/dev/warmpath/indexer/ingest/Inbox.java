package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Messages for the owner of the index, in the order of their arrival. Any thread adds and never
 * waits; one thread takes. Events and snapshots are bounded, each by itself; control messages are
 * always let in.
 */
final class Inbox {
  private final IngestLimits limits;
  private final ConcurrentLinkedQueue<Message> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong batches = new AtomicLong();
  private final AtomicLong eventBlocks = new AtomicLong();
  private final AtomicLong snapshotBlocks = new AtomicLong();

  Inbox(IngestLimits limits) {
    this.limits = limits;
  }

  /** Returns false when there is no room. */
  boolean offer(EventBatch batch) {
    long blocks = blocks(batch.events());
    return offer(new Message.Events(batch, blocks), blocks);
  }

  /** Returns false when there is no room. */
  boolean offer(CacheSnapshot snapshot) {
    long blocks = blocks(snapshot.content());
    if (!reserve(snapshotBlocks, blocks, limits.inboxSnapshotBlocks())) {
      return false;
    }
    queue.add(new Message.Snapshot(snapshot, blocks));
    return true;
  }

  /** Returns false when there is no room. A placement counts as a batch of events. */
  boolean offer(Message.Placed placed) {
    return offer(placed, placed.localHashes().length);
  }

  private boolean offer(Message message, long blocks) {
    if (!reserve(batches, 1, limits.inboxBatches())) {
      return false;
    }
    if (!reserve(eventBlocks, blocks, limits.inboxBlocks())) {
      batches.decrementAndGet();
      return false;
    }
    queue.add(message);
    return true;
  }

  void add(Message control) {
    queue.add(control);
  }

  @Nullable Message poll() {
    Message message = queue.poll();
    switch (message) {
      case Message.Events events -> left(events.blocks());
      case Message.Placed placed -> left(placed.localHashes().length);
      case Message.Snapshot snapshot -> snapshotBlocks.addAndGet(-snapshot.blocks());
      case null -> {}
      case Message.Join _, Message.Leave _, Message.Query _ -> {}
    }
    return message;
  }

  private void left(long blocks) {
    batches.decrementAndGet();
    eventBlocks.addAndGet(-blocks);
  }

  /** Event batches and placements that wait. */
  long batches() {
    return batches.get();
  }

  /** Takes room; what is larger than all of it is let in alone. */
  private static boolean reserve(AtomicLong used, long amount, long limit) {
    long after = used.addAndGet(amount);
    if (after <= limit || after == amount) {
      return true;
    }
    used.addAndGet(-amount);
    return false;
  }

  private static long blocks(List<KvEvent> events) {
    long blocks = 0;
    for (KvEvent event : events) {
      blocks +=
          switch (event) {
            case KvEvent.Stored stored -> stored.engineHashes().length;
            case KvEvent.Removed removed -> removed.engineHashes().length;
            case KvEvent.Cleared _ -> 0;
          };
    }
    return blocks;
  }
}
