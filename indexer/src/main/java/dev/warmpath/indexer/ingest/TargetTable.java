package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.TargetId;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The joined targets, by id and by slot. The owner thread changes it, any thread reads. */
final class TargetTable {
  private final ConcurrentHashMap<TargetId, Feed> byId = new ConcurrentHashMap<>();
  private volatile @Nullable Feed[] bySlot = new Feed[0];

  @Nullable Feed find(TargetId id) {
    return byId.get(id);
  }

  @Nullable Feed at(int slot) {
    @Nullable Feed[] feeds = bySlot;
    return slot < feeds.length ? feeds[slot] : null;
  }

  /** The feeds that get what is said of their targets, in no order. */
  Collection<Feed> feeds() {
    return byId.values();
  }

  /** Adds a feed; an older life of the same target keeps its slot but gets no more of it. */
  void add(Feed feed) {
    int slot = feed.target().slot();
    @Nullable Feed[] grown = Arrays.copyOf(bySlot, Math.max(bySlot.length, slot + 1));
    grown[slot] = feed;
    bySlot = grown;
    byId.put(feed.target().id(), feed);
  }

  void remove(Feed feed) {
    byId.remove(feed.target().id(), feed);
    @Nullable Feed[] without = bySlot.clone();
    without[feed.target().slot()] = null;
    bySlot = without;
  }
}
