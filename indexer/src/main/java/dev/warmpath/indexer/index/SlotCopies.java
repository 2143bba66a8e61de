package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;

/**
 * How many copies of its blocks one slot holds, and on which tiers. What is held in one copy on the
 * device, under one name, is not written down; so this is empty nearly always. The writer thread
 * only.
 */
final class SlotCopies {
  private static final Copies ONE = Copies.one(Tier.DEVICE);

  /** A key, a value and its object, in a table that is three quarters full at most. */
  private static final long ENTRY_BYTES = 24 + 24;

  /** Copies under one engine hash; a removal takes one of these. */
  private final Long2ObjectOpenHashMap<Copies> byEngineHash = new Long2ObjectOpenHashMap<>();

  /** Copies in one place, under all its engine hashes: they decide whether the slot holds it. */
  private final Long2ObjectOpenHashMap<Copies> byPlace = new Long2ObjectOpenHashMap<>();

  boolean isEmpty() {
    return byPlace.isEmpty() && byEngineHash.isEmpty();
  }

  /** Bytes that the copies take, estimated. */
  long bytes() {
    return ENTRY_BYTES * (byEngineHash.size() + byPlace.size());
  }

  /** Copies under an engine hash that is held. Not to be changed. */
  Copies of(long engineHash) {
    return byEngineHash.isEmpty() ? ONE : byEngineHash.getOrDefault(engineHash, ONE);
  }

  int on(long engineHash, Tier tier) {
    return of(engineHash).on(tier);
  }

  /** Index of the fastest tier on which a place that is held lies. */
  int fastestTier(long place) {
    return byPlace.isEmpty() ? 0 : byPlace.getOrDefault(place, ONE).fastestTier();
  }

  /** Adds the first copy under an engine hash. */
  void addFirst(long engineHash, long place, Tier tier, boolean isPlaceHeld) {
    add(byEngineHash, engineHash, false, tier);
    add(byPlace, place, isPlaceHeld, tier);
  }

  /** Adds a further copy under an engine hash that is held. */
  void addFurther(long engineHash, long place, Tier tier) {
    add(byEngineHash, engineHash, true, tier);
    add(byPlace, place, true, tier);
  }

  private static void add(Long2ObjectOpenHashMap<Copies> map, long key, boolean isHeld, Tier tier) {
    Copies copies = map.get(key);
    if (copies == null) {
      if (!isHeld && tier == Tier.DEVICE) {
        return;
      }
      copies = isHeld ? Copies.one(Tier.DEVICE) : new Copies();
      map.put(key, copies);
    }
    copies.add(tier, 1);
  }

  /** Takes one copy away. Returns the index of the fastest tier on which the place lies then. */
  int remove(long engineHash, long place, Tier tier) {
    remove(byEngineHash, engineHash, tier);
    return remove(byPlace, place, tier);
  }

  private static int remove(Long2ObjectOpenHashMap<Copies> map, long key, Tier tier) {
    Copies copies = map.isEmpty() ? null : map.get(key);
    if (copies == null) {
      return Tier.COUNT;
    }
    copies.add(tier, -1);
    if (copies.isEmpty() || copies.isOneOnDevice()) {
      map.remove(key);
    }
    return copies.fastestTier();
  }

  void clear() {
    byEngineHash.clear();
    byEngineHash.trim();
    byPlace.clear();
    byPlace.trim();
  }
}
