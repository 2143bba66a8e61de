package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What one slot holds, by engine hash: the reverse side of the runs. The writer thread only, but
 * for {@link #figures} and {@link #isCapped}.
 */
final class SlotBlocks {
  /*
   * An engine hash names one place; some engines keep several copies under one hash, and (rarely) two
   * hashes for one place. Nearly always it is one hash and one copy on the device: then Places and
   * the coverage of the run say it all, and SlotCopies knows nothing. An engine hash is held, or
   * waits for one parent, or neither; never both.
   */
  private static final int REMOVED_TOGETHER = 64;

  /** A slot that holds nothing, without its table: this, its maps and their empty arrays. */
  private static final long EMPTY_BYTES = 2_000 + Long.BYTES * REMOVED_TOGETHER;

  private final int slot;
  private final RepeatedStores repeated;
  private final SlotBound bound;
  private final RunTree tree;
  private final RunEdit edit;
  private final IndexCounters counters;
  private final SlotFigures figures;
  private final Places places = new Places();
  private final SlotCopies copies = new SlotCopies();
  private final ParkedBlocks parked;
  private int held;

  /** Where a store has got to. */
  private final StorePath path;

  /** The engine hash of the block that was stored last, and its place; 0 when that is gone. */
  private long lastEngineHash;

  private long lastPlace;

  /** Counted up to the end of the event. */
  private int stored;

  private int removed;

  /** The places of the blocks that are removed together. */
  private final long[] removedPlaces = new long[REMOVED_TOGETHER];

  /**
   * @param mostBlocks blocks that it may hold, waiting ones included
   * @param repeated what a store means of a block that is held already
   */
  SlotBlocks(
      int slot,
      long mostBlocks,
      RepeatedStores repeated,
      RunTree tree,
      RunEdit edit,
      IndexLimits limits,
      IndexCounters counters,
      HeldBlocks heldBlocks,
      Footprint footprint) {
    this.slot = slot;
    this.repeated = repeated;
    this.tree = tree;
    this.edit = edit;
    this.counters = counters;
    this.path = new StorePath(tree);
    this.figures = new SlotFigures(slot, heldBlocks, footprint);
    this.parked = new ParkedBlocks(limits, repeated, counters);
    this.bound = new SlotBound(mostBlocks, places, parked, footprint, counters);
    countBytes();
  }

  SlotFigures figures() {
    return figures;
  }

  long digest() {
    return SlotDigest.of(places, copies, tree);
  }

  /** Whether a block was refused at a bound since the slot was last cleared. Any thread. */
  boolean isCapped() {
    return bound.isReached();
  }

  /** Returns false when blocks were dropped: too many are parked, or a bound is reached. */
  boolean store(KvEvent.Stored run, long nowNanos) {
    parked.expire(nowNanos);
    boolean complete = true;
    if (isFullReport(run)) {
      counters.fullReports.add(run.engineHashes().length);
    } else {
      complete = bound.admits(run) && storeRun(run, nowNanos);
    }
    finish();
    return complete;
  }

  private boolean storeRun(KvEvent.Stored run, long nowNanos) {
    boolean complete = true;
    boolean known = goToParent(run);
    long parentHash = run.parentHash();
    long[] engineHashes = run.engineHashes();
    int blocks = engineHashes.length;
    for (int i = 0; i < blocks; i++) {
      if (known && run.tier() == Tier.DEVICE && parked.isEmpty()) {
        i += addFresh(run, i);
        if (i == blocks) {
          break;
        }
        parentHash = i == 0 ? parentHash : engineHashes[i - 1];
      }
      long engineHash = engineHashes[i];
      long localHash = run.localHashes()[i];
      long place = places.get(engineHash);
      if (!fits(engineHash, place, known, parentHash, localHash)) {
        counters.conflictingStores.add(blocks - i);
        break;
      }
      if (place != 0) {
        path.goTo(place);
        storeAgain(engineHash, place, run.tier());
        known = true;
      } else if (known) {
        path.step(localHash, blocks - i);
        adopt(engineHash, run.tier());
      } else {
        complete &= parked.park(engineHash, parentHash, localHash, run.tier(), nowNanos);
      }
      parentHash = engineHash;
    }
    return complete;
  }

  /** Goes to the block that a run continues. Returns false when it is not known. */
  private boolean goToParent(KvEvent.Stored run) {
    if (!run.hasParent()) {
      path.goToRoot();
      return true;
    }
    long parentHash = run.parentHash();
    long place =
        parentHash == lastEngineHash && lastPlace != 0 ? lastPlace : places.get(parentHash);
    path.goTo(place);
    return place != 0;
  }

  /**
   * Adds blocks on the device, one copy of each, as far as their engine hashes are not known, the
   * slot does not hold them under others, and they lie in one run after another.
   *
   * @param first the first of them in the event
   * @return how many were added
   */
  private int addFresh(KvEvent.Stored event, int first) {
    int i = first;
    int blocks = event.engineHashes().length;
    while (i < blocks) {
      int added = addFreshToRun(event, i);
      if (added == 0) {
        break;
      }
      i += added;
    }
    return i - first;
  }

  private int addFreshToRun(KvEvent.Stored event, int first) {
    long localHash = event.localHashes()[first];
    Run run = tree.run(path.next);
    int offset = RunTree.offset(path.next);
    if (offset < run.length() && run.localHash(offset) == localHash) {
      return addKnown(event, first, run);
    }
    Run child = run.mayHaveChildAt(offset) ? tree.child(run, offset, localHash) : null;
    if (child != null) {
      path.next = RunTree.place(child, 0);
      return addKnown(event, first, child);
    }
    return offset == run.length() && run != tree.root
        ? addBehind(event, first, run)
        : addBeside(event, first, run);
  }

  /** Adds blocks that are in a run already. */
  private int addKnown(KvEvent.Stored event, int first, Run run) {
    int offset = RunTree.offset(path.next);
    edit.open(run, slot);
    int free = Math.min(edit.nextHeld(offset) - offset, event.engineHashes().length - first);
    if (free == 0) {
      return 0;
    }
    int known = run.matching(offset, event.localHashes(), first, free);
    int added = places.putRun(event.engineHashes(), first, known, path.next);
    return count(event, first, run, added);
  }

  /** Adds blocks at the end of a run. */
  private int addBehind(KvEvent.Stored event, int first, Run run) {
    int left = event.engineHashes().length - first;
    int added = places.putRun(event.engineHashes(), first, left, path.next);
    if (added > 0) {
      tree.append(run, event.localHashes(), first, added, left);
    }
    return count(event, first, run, added);
  }

  /** Adds blocks as a run of their own. */
  private int addBeside(KvEvent.Stored event, int first, Run parent) {
    int left = event.engineHashes().length - first;
    long place = tree.nextPlace();
    int added = places.putRun(event.engineHashes(), first, left, place);
    if (added == 0) {
      return 0;
    }
    int offset = RunTree.offset(path.next);
    Run run = tree.addChild(parent, offset, event.localHashes(), first, added, left);
    path.next = place;
    return count(event, first, run, added);
  }

  /** Counts blocks that were added, the first of them at the path's {@code next}. */
  private int count(KvEvent.Stored event, int first, Run run, int added) {
    if (added > 0) {
      int offset = RunTree.offset(path.next);
      edit.open(run, slot);
      edit.add(offset, offset + added);
      held += added;
      stored += added;
      path.next += added;
      lastEngineHash = event.engineHashes()[first + added - 1];
      lastPlace = path.next - 1;
    }
    return added;
  }

  /** Whether an engine hash may name the block there: it names no other block already. */
  private boolean fits(
      long engineHash, long place, boolean parentKnown, long parentHash, long localHash) {
    if (place != 0) {
      return path.isNext(place, parentKnown, localHash);
    }
    if (parentKnown) {
      return parked.isEmpty() || !parked.contains(engineHash);
    }
    return parked.mayWait(engineHash, parentHash, localHash);
  }

  /**
   * Whether an engine merely reports a prefix that it served from its cache: it starts at token 0,
   * is longer than a block and is held already. A real second copy of a prefix never comes so,
   * since engines register blocks before they compute them and only the last block of a prompt is
   * ever computed again.
   */
  private boolean isFullReport(KvEvent.Stored run) {
    if (run.hasParent() || run.engineHashes().length < 2) {
      return false;
    }
    path.goToRoot();
    for (int i = 0; i < run.engineHashes().length; i++) {
      long place = places.get(run.engineHashes()[i]);
      if (place == 0
          || !path.isNext(place, true, run.localHashes()[i])
          || copies.on(run.engineHashes()[i], run.tier()) == 0) {
        return false;
      }
      path.goTo(place);
    }
    return true;
  }

  void remove(KvEvent.Removed event) {
    Tier tier = event.tier();
    if (tier == Tier.DEVICE && copies.isEmpty()) {
      removePlain(event.engineHashes());
    } else {
      for (long engineHash : event.engineHashes()) {
        long place = places.get(engineHash);
        if (place != 0 && copies.on(engineHash, tier) > 0) {
          removeCopy(engineHash, place, tier);
        } else {
          removeParked(engineHash, tier);
        }
      }
    }
    finish();
  }

  private void removeParked(long engineHash, Tier tier) {
    if (!parked.remove(engineHash, tier)) {
      counters.unknownRemovals.increment();
    }
  }

  /** Takes away blocks of which there is one copy each, on the device, under one name. */
  private void removePlain(long[] engineHashes) {
    long from = 0;
    long to = 0;
    for (int first = 0; first < engineHashes.length; first += REMOVED_TOGETHER) {
      int blocks = Math.min(engineHashes.length - first, REMOVED_TOGETHER);
      places.removeAll(engineHashes, first, first + blocks, removedPlaces);
      for (int i = 0; i < blocks; i++) {
        long place = removedPlaces[i];
        if (place == 0) {
          removeParked(engineHashes[first + i], Tier.DEVICE);
        } else if (place == from - 1) {
          from = place;
        } else if (place == to) {
          to = place + 1;
        } else {
          removePlain(from, to);
          from = place;
          to = place + 1;
        }
      }
    }
    removePlain(from, to);
  }

  /** Makes the slot hold no more what lies in one run from one place up to another. */
  private void removePlain(long from, long to) {
    if (from == to) {
      return;
    }
    Run run = tree.run(from);
    int first = RunTree.offset(from);
    int blocks = (int) (to - from);
    edit.open(run, slot);
    edit.remove(first, first + blocks);
    held -= blocks;
    removed += blocks;
    lastPlace = lastPlace >= from && lastPlace < to ? 0 : lastPlace;
  }

  void clear() {
    LongArrayList held = new LongArrayList(places.size());
    places.forEachPlace(held::add);
    held.sort(null);
    Run run = tree.root;
    for (long place : held) {
      if (tree.run(place) != run) {
        run = tree.run(place);
        edit.open(run, slot);
        edit.changeToNothing();
      }
    }
    places.clear();
    copies.clear();
    parked.clear();
    this.held = 0;
    lastPlace = 0;
    bound.clear();
    finish();
  }

  /** The slot is not used any more: it has been cleared, and takes nothing. */
  void forget() {
    figures.tellBytes(0, 0);
  }

  /** Drops blocks that have waited too long, and gives back room that is far from needed. */
  void tidy(long nowNanos) {
    parked.expire(nowNanos);
    places.shrink();
    finish();
  }

  List<KvEvent> content() {
    return new SlotContent(places, copies, tree).events();
  }

  /** Names the block that a store has got to, and takes in the parked blocks that waited for it. */
  private void adopt(long engineHash, Tier tier) {
    addName(engineHash, tier);
    if (!parked.isEmpty()) {
      long after = path.next;
      takeInChildrenOf(engineHash);
      path.next = after;
    }
  }

  private void takeInChildrenOf(long engineHash) {
    ArrayDeque<Long> parents = new ArrayDeque<>();
    parents.add(engineHash);
    while (!parents.isEmpty()) {
      long parent = parents.poll();
      for (ParkedBlocks.Block child : parked.takeChildrenOf(parent)) {
        path.goTo(places.get(parent));
        path.step(child.localHash, 1);
        addName(child.engineHash, child.copies);
        parents.add(child.engineHash);
      }
    }
  }

  private void addName(long engineHash, Copies copiesOfName) {
    boolean isNew = true;
    for (Tier tier : Copies.TIERS) {
      for (int copy = copiesOfName.on(tier); copy > 0; copy--) {
        if (isNew) {
          addName(engineHash, tier);
        } else {
          addFurtherCopy(engineHash, places.get(engineHash), tier);
        }
        isNew = false;
      }
    }
  }

  /** Names the block that a store has got to, with one copy. */
  private void addName(long engineHash, Tier tier) {
    long place = path.next - 1;
    places.put(engineHash, place);
    lastEngineHash = engineHash;
    lastPlace = place;
    Run run = tree.run(place);
    int offset = RunTree.offset(place);
    edit.open(run, slot);
    boolean isHeld = edit.holds(offset);
    int before = isHeld ? copies.fastestTier(place) : Tier.COUNT;
    if (isHeld || tier != Tier.DEVICE) {
      copies.addFirst(engineHash, place, tier, isHeld);
    }
    held += isHeld ? 0 : 1;
    countIn(offset, before, tier);
  }

  /** Stores a block under an engine hash that is held. */
  private void storeAgain(long engineHash, long place, Tier tier) {
    if (repeated == RepeatedStores.TOLD_AGAIN && copies.on(engineHash, tier) > 0) {
      counters.toldAgain.increment();
    } else {
      addFurtherCopy(engineHash, place, tier);
    }
  }

  private void addFurtherCopy(long engineHash, long place, Tier tier) {
    if (copies.on(engineHash, tier) > 0) {
      counters.extraCopies.increment();
    }
    int before = copies.fastestTier(place);
    copies.addFurther(engineHash, place, tier);
    Run run = tree.run(place);
    edit.open(run, slot);
    countIn(RunTree.offset(place), before, tier);
  }

  private void countIn(int offset, int before, Tier tier) {
    stored++;
    edit.change(offset, before, Math.min(before, tier.index()));
  }

  private void removeCopy(long engineHash, long place, Tier tier) {
    if (copies.of(engineHash).isOne()) {
      places.remove(engineHash);
      lastPlace = engineHash == lastEngineHash ? 0 : lastPlace;
    }
    int before = copies.fastestTier(place);
    int after = copies.remove(engineHash, place, tier);
    held -= after == Tier.COUNT ? 1 : 0;
    removed++;
    Run run = tree.run(place);
    int offset = RunTree.offset(place);
    edit.open(run, slot);
    edit.change(offset, before, after);
  }

  /** Shows readers what an event changed. */
  private void finish() {
    edit.close();
    figures.tellBlocks(held, parked.size());
    countBytes();
    if (stored != 0) {
      counters.storedBlocks.add(stored);
      stored = 0;
    }
    if (removed != 0) {
      counters.removedBlocks.add(removed);
      removed = 0;
    }
  }

  private void countBytes() {
    parked.shrink();
    figures.tellBytes(EMPTY_BYTES + places.bytes(), copies.bytes() + parked.bytes());
  }
}
