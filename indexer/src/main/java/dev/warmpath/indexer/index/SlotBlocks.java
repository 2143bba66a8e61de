package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What one slot holds, by engine hash: the reverse side of the runs. The writer thread only, but
 * for the two figures that any thread may read.
 */
final class SlotBlocks {
  /*
   * An engine hash names one place; engines may keep several copies under one hash, and (rarely) two
   * hashes for one place. Nearly always it is one hash and one copy on the device: then Places and
   * the coverage of the run say it all, and SlotCopies knows nothing. An engine hash is held, or
   * waits for one parent, or neither; never both.
   */
  private static final VarHandle HELD_BLOCKS = figure("heldBlocks");
  private static final VarHandle PARKED_BLOCKS = figure("parkedBlocks");

  /** A slot that holds nothing, without its table: this, its maps and their empty arrays. */
  private static final long EMPTY_BYTES = 2_000;

  private final int slot;
  private final long bound;
  private final RunTree tree;
  private final RunEdit edit;
  private final IndexCounters counters;
  private final Footprint footprint;
  private final Places places = new Places();
  private final SlotCopies copies = new SlotCopies();
  private final ParkedBlocks parked;
  private final CacheDigest digest = new CacheDigest();
  private int held;

  /** Where a store has got to. */
  private Run atRun;

  private int atOffset;

  /** The engine hash of the block that was stored last, and its place; 0 when that is gone. */
  private long lastEngineHash;

  private long lastPlace;

  /** What the footprint has of this slot. */
  private long tableBytes;

  private long sideBytes;

  /** Whether a block was refused at a bound since the slot was last cleared. */
  private volatile boolean capped;

  /** Counts what is refused because what it continues was. */
  private IndexCounters.Count refusals;

  /** Counted up to the end of the event. */
  private int stored;

  private int removed;

  /** Keeps the loads of {@link Places#touch} from being left out. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  /** Written with release, read with acquire. */
  @SuppressWarnings("UnusedVariable") // read through HELD_BLOCKS
  private int heldBlocks;

  @SuppressWarnings("UnusedVariable") // read through PARKED_BLOCKS
  private int parkedBlocks;

  /**
   * @param bound blocks that it may hold, waiting ones included
   */
  SlotBlocks(
      int slot,
      long bound,
      RunTree tree,
      RunEdit edit,
      IndexLimits limits,
      IndexCounters counters,
      Footprint footprint) {
    this.slot = slot;
    this.bound = bound;
    this.tree = tree;
    this.edit = edit;
    this.counters = counters;
    this.footprint = footprint;
    this.parked = new ParkedBlocks(limits, counters);
    this.refusals = counters.targetBoundRefusals;
    this.atRun = tree.root;
    countBytes();
  }

  private static VarHandle figure(String field) {
    try {
      return MethodHandles.lookup().findVarHandle(SlotBlocks.class, field, int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  int heldBlocks() {
    return (int) HELD_BLOCKS.getAcquire(this);
  }

  int parkedBlocks() {
    return (int) PARKED_BLOCKS.getAcquire(this);
  }

  long digest() {
    return digest.value();
  }

  /** Whether a block was refused at a bound since the slot was last cleared. Any thread. */
  boolean isCapped() {
    return capped;
  }

  /** Returns false when blocks were dropped: too many are parked, or the slot is at its bound. */
  boolean store(KvEvent.Stored run, long nowNanos) {
    parked.expire(nowNanos);
    boolean complete = true;
    if (isFullReport(run)) {
      counters.fullReports.add(run.engineHashes().length);
    } else if (capped && !hasKnownParent(run)) {
      complete = refuse(run, refusals);
    } else if (hasRoomFor(run)) {
      complete = storeRun(run, nowNanos);
    } else {
      complete = refuse(run, counters.targetBoundRefusals);
    }
    finish();
    return complete;
  }

  /** Drops an event whole. Returns false. */
  boolean refuse(KvEvent.Stored run, IndexCounters.Count reason) {
    refusals = reason;
    refusals.add(run.engineHashes().length);
    capped = true;
    return false;
  }

  /**
   * After a run was refused, one without a known parent probably continues it: it waits in vain.
   */
  private boolean hasKnownParent(KvEvent.Stored run) {
    return !run.hasParent() || places.get(run.parentHash()) != 0;
  }

  private boolean hasRoomFor(KvEvent.Stored run) {
    long room = bound - places.size() - parked.size();
    return run.engineHashes().length <= room || unknown(run.engineHashes()) <= room;
  }

  private long unknown(long[] engineHashes) {
    long unknown = 0;
    for (long engineHash : engineHashes) {
      unknown += places.get(engineHash) == 0 && !parked.contains(engineHash) ? 1 : 0;
    }
    return unknown;
  }

  private boolean storeRun(KvEvent.Stored run, long nowNanos) {
    boolean complete = true;
    boolean known = goToParent(run);
    long parentHash = run.parentHash();
    long[] engineHashes = run.engineHashes();
    touched = places.touch(engineHashes);
    int blocks = engineHashes.length;
    for (int i = 0; i < blocks; i++) {
      long engineHash = engineHashes[i];
      long localHash = run.localHashes()[i];
      int found = places.find(engineHash);
      long place = places.at(found);
      if (!fits(engineHash, place, known, parentHash, localHash)) {
        counters.conflictingStores.add(blocks - i);
        break;
      }
      if (place != 0) {
        goTo(place);
        addFurtherCopy(engineHash, place, run.tier());
        known = true;
      } else if (known) {
        step(localHash, blocks - i);
        adopt(engineHash, found, run.tier());
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
      atRun = tree.root;
      atOffset = -1;
      return true;
    }
    long parentHash = run.parentHash();
    long place =
        parentHash == lastEngineHash && lastPlace != 0 ? lastPlace : places.get(parentHash);
    if (place == 0) {
      return false;
    }
    goTo(place);
    return true;
  }

  private void goTo(long place) {
    atRun = tree.run(place);
    atOffset = RunTree.offset(place);
  }

  /**
   * Goes on to the block with {@code localHash} behind this one, and makes it if need be.
   *
   * @param room for how many blocks there should be room
   */
  private void step(long localHash, int room) {
    int next = atOffset + 1;
    if (next < atRun.length() && atRun.localHash(next) == localHash) {
      atOffset = next;
      return;
    }
    Run child = atRun.mayHaveChildAt(next) ? tree.child(atRun, next, localHash) : null;
    if (child != null) {
      atRun = child;
      atOffset = 0;
    } else if (next == atRun.length() && atRun != tree.root) {
      tree.append(atRun, localHash, room);
      atOffset = next;
    } else {
      atRun = tree.addChild(atRun, next, localHash, room);
      atOffset = 0;
    }
  }

  /** Whether an engine hash may name the block there: it names no other block already. */
  private boolean fits(
      long engineHash, long place, boolean parentKnown, long parentHash, long localHash) {
    if (place != 0) {
      return isNext(place, parentKnown, localHash);
    }
    if (parentKnown) {
      return parked.isEmpty() || !parked.contains(engineHash);
    }
    return parked.mayWait(engineHash, parentHash, localHash);
  }

  /** Whether a place has the block with {@code localHash} behind this one, if that is known. */
  private boolean isNext(long place, boolean known, long localHash) {
    Run run = tree.run(place);
    int offset = RunTree.offset(place);
    if (run.localHash(offset) != localHash) {
      return false;
    }
    Run parentRun = offset == 0 ? run.parent : run;
    int parentOffset = (offset == 0 ? run.parentOffset : offset) - 1;
    return !known || (parentRun == atRun && parentOffset == atOffset);
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
    atRun = tree.root;
    atOffset = -1;
    for (int i = 0; i < run.engineHashes().length; i++) {
      long place = places.get(run.engineHashes()[i]);
      if (place == 0
          || !isNext(place, true, run.localHashes()[i])
          || copies.on(run.engineHashes()[i], run.tier()) == 0) {
        return false;
      }
      goTo(place);
    }
    return true;
  }

  void remove(KvEvent.Removed event) {
    Tier tier = event.tier();
    touched = places.touch(event.engineHashes());
    for (long engineHash : event.engineHashes()) {
      int found = places.find(engineHash);
      long place = places.at(found);
      if (place != 0 && copies.on(engineHash, tier) > 0) {
        removeCopy(engineHash, found, place, tier);
      } else if (!parked.remove(engineHash, tier)) {
        counters.unknownRemovals.increment();
      }
    }
    finish();
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
    digest.clear();
    this.held = 0;
    lastPlace = 0;
    capped = false;
    finish();
  }

  /** The slot is not used any more: it has been cleared, and takes nothing. */
  void forget() {
    footprint.slotTableBytes.add(-tableBytes);
    footprint.sideTableBytes.add(-sideBytes);
  }

  void expireParked(long nowNanos) {
    parked.expire(nowNanos);
    finish();
  }

  List<KvEvent> content() {
    return new SlotContent(places, copies, tree).events();
  }

  /** Names the block that a store has got to, and takes in the parked blocks that waited for it. */
  private void adopt(long engineHash, int found, Tier tier) {
    addName(engineHash, found, tier);
    if (!parked.isEmpty()) {
      Run run = atRun;
      int offset = atOffset;
      takeInChildrenOf(engineHash);
      atRun = run;
      atOffset = offset;
    }
  }

  private void takeInChildrenOf(long engineHash) {
    ArrayDeque<Long> parents = new ArrayDeque<>();
    parents.add(engineHash);
    while (!parents.isEmpty()) {
      long parent = parents.poll();
      for (ParkedBlocks.Block child : parked.takeChildrenOf(parent)) {
        goTo(places.get(parent));
        step(child.localHash, 1);
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
          addName(engineHash, places.find(engineHash), tier);
        } else {
          addFurtherCopy(engineHash, places.get(engineHash), tier);
        }
        isNew = false;
      }
    }
  }

  /** Names the block that a store has got to, with one copy. */
  private void addName(long engineHash, int found, Tier tier) {
    long place = RunTree.place(atRun, atOffset);
    places.putAt(found, engineHash, place);
    lastEngineHash = engineHash;
    lastPlace = place;
    edit.open(atRun, slot);
    boolean isHeld = edit.holds(atOffset);
    int before = isHeld ? copies.fastestTier(place) : Tier.COUNT;
    if (isHeld || tier != Tier.DEVICE) {
      copies.addFirst(engineHash, place, tier, isHeld);
    }
    held += isHeld ? 0 : 1;
    countIn(atRun, atOffset, before, tier);
  }

  private void addFurtherCopy(long engineHash, long place, Tier tier) {
    if (copies.on(engineHash, tier) > 0) {
      counters.extraCopies.increment();
    }
    int before = copies.fastestTier(place);
    copies.addFurther(engineHash, place, tier);
    Run run = tree.run(place);
    edit.open(run, slot);
    countIn(run, RunTree.offset(place), before, tier);
  }

  private void countIn(Run run, int offset, int before, Tier tier) {
    stored++;
    digest.add(run.sequenceHash(offset), tier);
    edit.change(offset, before, Math.min(before, tier.index()));
  }

  private void removeCopy(long engineHash, int found, long place, Tier tier) {
    if (copies.of(engineHash).isOne()) {
      places.removeAt(found);
      lastPlace = engineHash == lastEngineHash ? 0 : lastPlace;
    }
    int before = copies.fastestTier(place);
    int after = copies.remove(engineHash, place, tier);
    held -= after == Tier.COUNT ? 1 : 0;
    removed++;
    Run run = tree.run(place);
    int offset = RunTree.offset(place);
    digest.remove(run.sequenceHash(offset), tier);
    edit.open(run, slot);
    edit.change(offset, before, after);
  }

  /** Shows readers what an event changed. */
  private void finish() {
    edit.close();
    HELD_BLOCKS.setRelease(this, held);
    PARKED_BLOCKS.setRelease(this, parked.size());
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
    long table = EMPTY_BYTES + places.bytes();
    long side = copies.bytes() + parked.bytes();
    if (table != tableBytes || side != sideBytes) {
      footprint.slotTableBytes.add(table - tableBytes);
      footprint.sideTableBytes.add(side - sideBytes);
      tableBytes = table;
      sideBytes = side;
    }
  }
}
