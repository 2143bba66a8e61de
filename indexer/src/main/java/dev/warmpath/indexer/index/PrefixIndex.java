package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.RepeatedStores;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which target holds which leading blocks of a prompt. One writer thread applies events; any number
 * of threads {@link #match} at the same time and never wait.
 *
 * <p>A target is named by its slot, a dense small number that the caller hands out. The overlap of
 * a prompt on a slot is exact: the longest run of blocks from block 0 that the slot holds, whatever
 * the order in which they were stored and removed. A block that leaves the middle of a prefix cuts
 * exactly there, and its return joins the prefix again.
 */
public final class PrefixIndex {
  /*
   * Chains of blocks are stored once for all slots, in runs. A run that is divided by a fork stays
   * whole: the other branch hangs at the offset where it leaves. Who holds what is a number per
   * slot and run, the cut: how many leading blocks of the run the slot holds. That is all a match
   * asks for, so a hole in the middle of a slot's prefix only lowers its cut, and splits nothing;
   * what the slot holds behind the hole is an island, known to the writer alone.
   *
   *                 0   1   2   3   4   5   6   7   8
   *   run A       [ s   s   s   s   a   b   c   d   e ]     cut 9: slot 7;  cut 4: slots 1, 2, 5
   *   run B                     offset 4 +-[ f   g   h ]     cut 3: slot 2;  cut 1: slot 5
   *                                          hole ^  ^ island of slot 5
   *   prompt        s   s   s   s   f   g   h   x            overlaps: slot 7 and 1: 4, 5: 5, 2: 7
   *
   *   RunTable    (run, offset, local hash) -> run that hangs there; one for all
   *   Run         local hashes, coverage (cuts as bitsets of slots); writer's part: islands,
   *               where children hang
   *   SlotBlocks  engine hash -> (run, offset) in Places, primitive, a table a slot; the writer's own.
   *               Copies, twins and tiers in SlotCopies, parked blocks: empty nearly always
   *
   * Readers see a run as one view behind one reference. The writer replaces it, or changes one cut
   * in it by one atomic write, once an event and run; readers never wait and never try again. A
   * match that races with a write sees each slot's cut of each run before or after it. A run keeps
   * its place and its blocks keep theirs, so a writer never hides a block that stays. What readers
   * stand on is freed by the collector.
   *
   * A run ends at the last block that anybody holds or that something hangs behind; one without any
   * is dropped, so an index that holds nothing has no run.
   */
  private final Footprint footprint;
  private final RunTree tree;
  private final RunEdit edit;
  private final IndexLimits limits;
  private final IndexCounters counters = new IndexCounters();
  private volatile @Nullable SlotBlocks[] slots = new SlotBlocks[0];
  private final HeldBlocks heldBlocks = new HeldBlocks();

  /** An empty index with a budget of its own. */
  public PrefixIndex(IndexLimits limits) {
    this(limits, new MemoryBudget(limits.bytes()));
  }

  /**
   * An empty index.
   *
   * @param budget where its bytes come from
   */
  public PrefixIndex(IndexLimits limits, MemoryBudget budget) {
    this.limits = limits;
    this.footprint = new Footprint(budget);
    this.tree = new RunTree(footprint);
    this.edit = new RunEdit(tree, footprint);
  }

  /** Counters of this index; any thread. */
  public IndexCounters counters() {
    return counters;
  }

  /**
   * Finds each slot's overlap with a prompt. Any thread; never blocks.
   *
   * @param localHashes the prompt's local hashes
   * @param count how many of them
   * @param overlaps receives the result
   */
  public void match(long[] localHashes, int count, Overlaps overlaps) {
    overlaps.start(slots.length);
    matchInto(localHashes, count, overlaps);
  }

  /** The same, beside what the match has found of the slots of other indexes. */
  void matchInto(long[] localHashes, int count, Overlaps overlaps) {
    overlaps.startIndex();
    int before = 0;
    Run run = childAt(tree.root, 0, localHashes, before, count);
    while (run != null) {
      Run.View view = run.view();
      int matched = view.matching(localHashes, before, count);
      if (!overlaps.next(view, before, matched)) {
        return;
      }
      before += matched;
      run = childAt(run, matched, localHashes, before, count);
    }
    overlaps.end(before);
  }

  private @Nullable Run childAt(Run run, int offset, long[] localHashes, int before, int count) {
    return before == count ? null : tree.child(run, offset, localHashes[before]);
  }

  /**
   * Gives a slot that is not in use a bound of its own, and says what its target means by repeated
   * stores. Without this it has the bound of the limits and counts copies. The writer thread only.
   *
   * @param bound blocks that it may hold, waiting ones included; at least 1, and at most {@link
   *     IndexLimits#MOST_BLOCKS_PER_TARGET} counts
   * @param repeated what it means that a block is stored that the slot holds on that tier already
   */
  public void admit(int slot, long bound, RepeatedStores repeated) {
    if (published(slot) != null) {
      throw new IllegalStateException("slot %d is in use".formatted(slot));
    }
    add(slot, Math.min(bound, IndexLimits.MOST_BLOCKS_PER_TARGET), repeated);
  }

  /** The same for a target that counts copies. */
  public void admit(int slot, long bound) {
    admit(slot, bound, RepeatedStores.COPIES);
  }

  /**
   * Applies one event of one target. The writer thread only.
   *
   * <p>A stored event is refused whole when the slot would have more blocks than its bound, or
   * while the budget is used up, unless it only reports a prefix that is held. Then {@link
   * #isCapped} is true until the slot is cleared, and the runs that continue the refused one are
   * refused too. Removals are always applied, and stores again as soon as there is room.
   *
   * @param nowNanos the time, for the age of blocks that wait for their parent
   * @return false when blocks were dropped because too many wait for a parent, or refused at a
   *     bound: the index has less than the target until a resync
   */
  public boolean apply(int slot, KvEvent event, long nowNanos) {
    SlotBlocks blocks = slotBlocks(slot);
    boolean complete =
        switch (event) {
          case KvEvent.Stored stored -> blocks.store(stored, nowNanos);
          case KvEvent.Removed removed -> {
            blocks.remove(removed);
            yield true;
          }
          case KvEvent.Cleared _ -> {
            blocks.clear();
            yield true;
          }
        };
    footprint.settle();
    return complete;
  }

  /**
   * Does for a slot what is to be done now and then: drops blocks that have waited too long for
   * their parent, and gives the bytes of a table back that is far emptier than it once was. The
   * writer thread only.
   */
  public void tidy(int slot, long nowNanos) {
    SlotBlocks blocks = published(slot);
    if (blocks != null) {
      blocks.tidy(nowNanos);
      footprint.settle();
    }
  }

  /** Forgets a slot: it holds nothing and may name another target. The writer thread only. */
  public void release(int slot) {
    SlotBlocks blocks = slot < slots.length ? slots[slot] : null;
    if (blocks != null) {
      blocks.clear();
      blocks.forget();
      footprint.settle();
      SlotBlocks[] without = slots.clone();
      without[slot] = null;
      slots = without;
    }
  }

  /** Distinct blocks that a slot holds, on any tier. Any thread. */
  public long heldBlocks(int slot) {
    return heldBlocks.of(slot);
  }

  /** Adds the distinct blocks that some slots hold to what {@code into} has. Any thread. */
  void addHeldBlocks(long[] into, int[] slots, int count) {
    heldBlocks.addTo(into, slots, count);
  }

  /** Blocks of a slot that wait for their parent. Any thread. */
  public long parkedBlocks(int slot) {
    SlotBlocks blocks = published(slot);
    return blocks == null ? 0 : blocks.figures().parkedBlocks();
  }

  /**
   * Whether a store of a slot was refused at a bound since the slot was last cleared: what the slot
   * holds may then be less than what its target holds. Any thread.
   */
  public boolean isCapped(int slot) {
    SlotBlocks blocks = published(slot);
    return blocks != null && blocks.isCapped();
  }

  /** Whether a tenth of the budget or more is left. Any thread. */
  public boolean hasSlack() {
    return footprint.hasSlack();
  }

  /** Whether the index may grow. */
  boolean hasRoom() {
    return footprint.hasRoom();
  }

  /**
   * Counts bytes that a table beside the index takes, or no longer takes. The writer thread only.
   */
  void addSideBytes(long bytes) {
    footprint.sideTableBytes.add(bytes);
    footprint.settle();
  }

  /** What the index takes and holds. Any thread; a few nanoseconds for each slot. */
  public IndexStats stats() {
    long memberships = 0;
    int targets = 0;
    int capped = 0;
    for (SlotBlocks blocks : slots) {
      if (blocks != null) {
        memberships += blocks.figures().heldBlocks();
        targets++;
        capped += blocks.isCapped() ? 1 : 0;
      }
    }
    return new IndexStats(
        footprint.runBytes.sum(),
        footprint.coverageBytes.sum(),
        footprint.slotTableBytes.sum(),
        footprint.sideTableBytes.sum(),
        footprint.runs.sum(),
        footprint.blocks.sum(),
        memberships,
        targets,
        capped);
  }

  /**
   * {@link dev.warmpath.indexer.event.CacheDigest} of what a slot holds, computed from its blocks:
   * some tens of nanoseconds each. The writer thread only.
   */
  public long digest(int slot) {
    SlotBlocks blocks = published(slot);
    return blocks == null ? 0 : blocks.digest();
  }

  /**
   * What a slot holds, as events that make an empty slot hold the same: stored runs, parents before
   * children, further copies of a block as runs of their own. A block that is missing in the middle
   * of a prefix is stored under a made-up engine hash and removed by the last events. Parked blocks
   * are not part of it. The writer thread only.
   */
  public List<KvEvent> content(int slot) {
    SlotBlocks blocks = published(slot);
    return blocks == null ? List.of() : blocks.content();
  }

  /** Slots below this number may be in use. Any thread. */
  int slotLimit() {
    return slots.length;
  }

  private @Nullable SlotBlocks published(int slot) {
    @Nullable SlotBlocks[] all = slots;
    return slot < all.length ? all[slot] : null;
  }

  private SlotBlocks slotBlocks(int slot) {
    SlotBlocks found = published(slot);
    return found == null ? add(slot, limits.blocksPerTarget(), RepeatedStores.COPIES) : found;
  }

  private SlotBlocks add(int slot, long bound, RepeatedStores repeated) {
    @Nullable SlotBlocks[] grown = Arrays.copyOf(slots, Math.max(slots.length, slot + 1));
    SlotBlocks fresh =
        new SlotBlocks(slot, bound, repeated, tree, edit, limits, counters, heldBlocks, footprint);
    grown[slot] = fresh;
    slots = grown;
    return fresh;
  }

  /** Blocks that anybody holds or that lead to such a block. The writer thread only. */
  int nodeCount() {
    return (int) footprint.blocks.sum();
  }

  /** Runs that the blocks are stored in. The writer thread only. */
  int runCount() {
    return tree.size();
  }

  /** Of the bytes of runs, those of the tables that find them. The writer thread only. */
  long tableBytes() {
    return tree.tableBytes();
  }

  /** The runs, to look at them. The writer thread only. */
  void forEachRun(Consumer<Run> action) {
    tree.forEachRun(action);
  }
}
