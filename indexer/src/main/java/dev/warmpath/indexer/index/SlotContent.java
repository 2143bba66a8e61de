package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayFIFOQueue;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;

/**
 * Writes down what one slot holds, as the events that build it. Used once, by the writer thread.
 * Blocks are named by their {@link RunTree} places.
 */
final class SlotContent {
  /** Blocks in one event at most. */
  private static final int RUN_LIMIT = 4096;

  /** The place before the first block of a prompt. */
  private static final long ROOT = 0;

  private final Places places;
  private final SlotCopies copies;
  private final RunTree tree;
  private final SequenceHashes sequenceHashes;

  /** The engine hash that names a block to its children: one that is held, or made up. */
  private final Long2LongOpenHashMap nameOf = new Long2LongOpenHashMap();

  private final LongOpenHashSet linked = new LongOpenHashSet();
  private final Long2ObjectOpenHashMap<LongArrayList> childrenOf = new Long2ObjectOpenHashMap<>();
  private final LongOpenHashSet madeUpNames = new LongOpenHashSet();
  private final EnumMap<Tier, LongArrayList> madeUp = new EnumMap<>(Tier.class);
  private final List<KvEvent> events = new ArrayList<>();

  SlotContent(Places places, SlotCopies copies, RunTree tree) {
    this.places = places;
    this.copies = copies;
    this.tree = tree;
    this.sequenceHashes = new SequenceHashes(tree);
  }

  List<KvEvent> events() {
    places.forEachEngineHash(name -> nameOf.putIfAbsent(places.get(name), name));
    places.forEachPlace(this::linkToRoot);
    LongArrayFIFOQueue starts = new LongArrayFIFOQueue();
    children(ROOT).forEach(starts::enqueue);
    while (!starts.isEmpty()) {
      children(writeRun(starts.dequeueLong())).forEach(starts::enqueue);
    }
    places.forEachEngineHash(this::writeFurtherCopies);
    madeUp.forEach((tier, names) -> events.add(new KvEvent.Removed(names.toLongArray(), tier)));
    return events;
  }

  private void linkToRoot(long place) {
    long child = place;
    while (child != ROOT && linked.add(child)) {
      long parent = tree.parent(child);
      childrenOf.computeIfAbsent(parent, _ -> new LongArrayList(1)).add(child);
      child = parent;
    }
  }

  private LongArrayList children(long place) {
    LongArrayList children = childrenOf.get(place);
    return children == null ? new LongArrayList(0) : children;
  }

  /** Writes the run that starts with a block, as far as it neither forks nor changes its tier. */
  private long writeRun(long first) {
    Tier tier = firstTier(first);
    LongArrayList engineHashes = new LongArrayList();
    LongArrayList localHashes = new LongArrayList();
    long last = first;
    addToRun(first, tier, engineHashes, localHashes);
    LongArrayList next = children(first);
    while (next.size() == 1
        && firstTier(next.getLong(0)) == tier
        && engineHashes.size() < RUN_LIMIT) {
      last = next.getLong(0);
      addToRun(last, tier, engineHashes, localHashes);
      next = children(last);
    }
    write(first, engineHashes.toLongArray(), localHashes.toLongArray(), tier);
    return last;
  }

  private void addToRun(
      long place, Tier tier, LongArrayList engineHashes, LongArrayList localHashes) {
    if (!nameOf.containsKey(place)) {
      long name = freeName(place);
      nameOf.put(place, name);
      madeUp.computeIfAbsent(tier, _ -> new LongArrayList()).add(name);
    }
    engineHashes.add(nameOf.get(place));
    localHashes.add(localHash(place));
  }

  private long freeName(long place) {
    long name = sequenceHashes.of(place);
    while (places.get(name) != 0 || !madeUpNames.add(name)) {
      name++;
    }
    return name;
  }

  private Tier firstTier(long place) {
    long name = nameOf.get(place);
    return places.get(name) == place ? copies.of(name).first() : Tier.DEVICE;
  }

  private void writeFurtherCopies(long name) {
    long place = places.get(name);
    boolean isInRun = nameOf.get(place) == name;
    Copies held = copies.of(name);
    for (Tier tier : Copies.TIERS) {
      int written = isInRun && tier == held.first() ? 1 : 0;
      for (int copy = written; copy < held.on(tier); copy++) {
        write(place, new long[] {name}, new long[] {localHash(place)}, tier);
      }
    }
  }

  private long localHash(long place) {
    return tree.run(place).localHash(RunTree.offset(place));
  }

  private void write(long first, long[] engineHashes, long[] localHashes, Tier tier) {
    long parent = tree.parent(first);
    events.add(
        parent == ROOT
            ? KvEvent.Stored.root(engineHashes, localHashes, tier)
            : KvEvent.Stored.after(nameOf.get(parent), engineHashes, localHashes, tier));
  }
}
