package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import org.jspecify.annotations.Nullable;

/**
 * One slot's holding in one run while an event changes it. Readers see what an event changes about
 * it at once, when the edit moves on to another run or is closed. The writer thread only.
 */
final class RunEdit {
  /** The root's number: nobody holds any of it. */
  private static final int NONE = 0;

  private final RunTree tree;
  private final Footprint footprint;
  private final Holding[] holdings = new Holding[Tier.COUNT];

  /**
   * Number of the open run; {@link #NONE} when none is. A reference would cost each event the
   * collector's write barrier, with its fence.
   */
  private int open = NONE;

  private int slot;

  /** What the open run's coverage took when it was opened, without other slots' islands. */
  private long coverageBytes;

  /** 1 while all tiers of the run are alike: the device's holding stands for all. */
  private int tiers;

  private boolean mayTrim;

  RunEdit(RunTree tree, Footprint footprint) {
    this.tree = tree;
    this.footprint = footprint;
    for (int tier = 0; tier < Tier.COUNT; tier++) {
      holdings[tier] = new Holding(tier);
    }
  }

  /** Moves on to a slot's holding in a run. */
  void open(Run run, int slot) {
    if (run.id != open || slot != this.slot) {
      close();
      open = run.id;
      this.slot = slot;
      load(run);
      coverageBytes = coverageBytes(run);
    }
  }

  private void load(Run run) {
    tiers = run.tiersDiffer() ? Tier.COUNT : 1;
    for (int tier = 0; tier < tiers; tier++) {
      holdings[tier].load(run, slot);
    }
  }

  /** Whether the slot holds a block of the open run, on any tier. */
  boolean holds(int offset) {
    return holdings[tiers - 1].contains(offset);
  }

  /**
   * The first block of the open run from {@code offset} on that the slot holds, on any tier; {@link
   * Integer#MAX_VALUE} when there is none.
   */
  int nextHeld(int offset) {
    return holdings[tiers - 1].nextFrom(offset);
  }

  /** Makes the slot hold blocks of the open run on the device; it held them on no tier. */
  void add(int from, int to) {
    Run run = tree.run(open);
    for (int tier = 0; tier < tiers; tier++) {
      holdings[tier].add(run, slot, from, to);
    }
  }

  /** Makes the slot hold blocks of the open run on no tier; it held them on the device. */
  void remove(int from, int to) {
    Run run = tree.run(open);
    for (int tier = 0; tier < tiers; tier++) {
      holdings[tier].remove(run, slot, from, to);
    }
    mayTrim |= to == run.length();
  }

  /**
   * Changes on which tier the slot holds a block of the open run.
   *
   * @param before index of the fastest tier so far; {@link Tier#COUNT} for none
   * @param after index of the fastest tier from now on; {@link Tier#COUNT} for none
   */
  void change(int offset, int before, int after) {
    Run run = tree.run(open);
    int changed = Math.abs(after - before);
    if (tiers == 1 && changed > 0 && changed < Tier.COUNT) {
      storeHoldings(run);
      countCoverage(run);
      tellTiersApart(run);
    }
    for (int tier = after; tier < Math.min(before, tiers); tier++) {
      holdings[tier].add(run, slot, offset, offset + 1);
    }
    for (int tier = before; tier < Math.min(after, tiers); tier++) {
      holdings[tier].remove(run, slot, offset, offset + 1);
    }
    mayTrim |= after == Tier.COUNT && offset == run.length() - 1;
  }

  private void tellTiersApart(Run run) {
    long before = run.coverageBytes();
    run.tellTiersApart();
    footprint.coverageBytes.add(run.coverageBytes() - before);
    load(run);
    coverageBytes = coverageBytes(run);
  }

  private void countCoverage(Run run) {
    footprint.coverageBytes.add(coverageBytes(run) - coverageBytes);
  }

  private long coverageBytes(Run run) {
    long bytes = run.cutBytes();
    for (int tier = 0; tier < tiers; tier++) {
      bytes += holdings[tier].islandBytes();
    }
    return bytes;
  }

  /** Makes the slot hold nothing of the open run. */
  void changeToNothing() {
    Run run = tree.run(open);
    for (int tier = 0; tier < tiers; tier++) {
      holdings[tier].clear(run);
    }
    mayTrim = true;
  }

  /** Shows readers the changes to the open run, and forgets it. */
  void close() {
    if (open == NONE) {
      return;
    }
    Run run = tree.run(open);
    open = NONE;
    storeHoldings(run);
    countCoverage(run);
    if (mayTrim) {
      mayTrim = false;
      tree.trim(run);
    }
  }

  private void storeHoldings(Run run) {
    if (tiers == 1) {
      Holding all = holdings[0];
      if (all.cut != all.cutBefore) {
        run.moveCut(slot, all.cutBefore, all.cut);
      }
      return;
    }
    long[][] coverage = new long[Tier.COUNT][];
    for (int tier = 0; tier < Tier.COUNT; tier++) {
      Holding holding = holdings[tier];
      coverage[tier] = Coverage.moved(run.coverage(tier), slot, holding.cutBefore, holding.cut);
    }
    run.setCoverage(coverage);
  }

  /** What the slot holds of the run within one tier: {@code cut} leading blocks and an island. */
  private static final class Holding {
    private final int tier;
    private int cutBefore;
    private int cut;
    private Run.@Nullable Island island;

    Holding(int tier) {
      this.tier = tier;
    }

    void load(Run run, int slot) {
      cutBefore = Coverage.of(run.coverage(tier), slot);
      cut = cutBefore;
      island = run.island(slot, tier);
    }

    boolean contains(int offset) {
      return offset < cut || (island != null && island.offsets.get(offset));
    }

    long islandBytes() {
      return island == null ? 0 : island.bytes();
    }

    int nextFrom(int offset) {
      if (offset < cut) {
        return offset;
      }
      int next = island == null ? -1 : island.offsets.nextSetBit(offset);
      return next < 0 ? Integer.MAX_VALUE : next;
    }

    /** Adds blocks that are not in it. */
    void add(Run run, int slot, int from, int to) {
      if (from == cut && island == null) {
        cut = to;
        return;
      }
      Run.Island behind = islandOrNew(run, slot);
      behind.offsets.set(from, to);
      if (from == cut) {
        cut = behind.offsets.nextClearBit(from);
        behind.offsets.clear(from, cut);
      }
      dropIslandIfEmpty(run, behind);
    }

    /** Takes away blocks that are in it. */
    void remove(Run run, int slot, int from, int to) {
      if (to == cut) {
        cut = from;
        return;
      }
      Run.Island behind = islandOrNew(run, slot);
      if (from < cut) {
        behind.offsets.set(to, cut);
        cut = from;
      } else {
        behind.offsets.clear(from, to);
      }
      dropIslandIfEmpty(run, behind);
    }

    private Run.Island islandOrNew(Run run, int slot) {
      Run.Island behind = island == null ? run.addIsland(slot, tier) : island;
      island = behind;
      return behind;
    }

    private void dropIslandIfEmpty(Run run, Run.Island behind) {
      if (behind.offsets.isEmpty()) {
        run.removeIsland(behind);
        island = null;
      }
    }

    void clear(Run run) {
      cut = 0;
      if (island != null) {
        run.removeIsland(island);
        island = null;
      }
    }
  }
}
