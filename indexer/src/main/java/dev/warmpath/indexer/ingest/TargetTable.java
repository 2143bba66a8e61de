package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.TargetId;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The joined targets, by id and by slot. The owner thread changes it, any thread reads. */
final class TargetTable {
  private final ConcurrentHashMap<TargetId, TargetFeed> byId = new ConcurrentHashMap<>();
  private volatile @Nullable TargetFeed[] bySlot = new TargetFeed[0];

  @Nullable TargetFeed find(TargetId id) {
    return byId.get(id);
  }

  @Nullable TargetFeed at(int slot) {
    @Nullable TargetFeed[] feeds = bySlot;
    return slot < feeds.length ? feeds[slot] : null;
  }

  /** The feeds that get events, in no order. */
  Collection<TargetFeed> feeds() {
    return byId.values();
  }

  /** Adds a feed; an older life of the same target keeps its slot but gets no more events. */
  void add(TargetFeed feed) {
    int slot = feed.target().slot();
    @Nullable TargetFeed[] grown = Arrays.copyOf(bySlot, Math.max(bySlot.length, slot + 1));
    grown[slot] = feed;
    bySlot = grown;
    byId.put(feed.target().id(), feed);
  }

  void remove(TargetFeed feed) {
    byId.remove(feed.target().id(), feed);
    @Nullable TargetFeed[] without = bySlot.clone();
    without[feed.target().slot()] = null;
    bySlot = without;
  }
}
