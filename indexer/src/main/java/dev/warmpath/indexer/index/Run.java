package dev.warmpath.indexer.index;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.Tier;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A piece of one chain of blocks, stored once for all slots. It hangs at any offset of its parent.
 * Block {@code offset} keeps its place in its run for as long as anybody holds it.
 *
 * <p>The fields are the writer's own. Readers see {@link #view()}: all that a match needs of the
 * run, immutable, replaced as a whole.
 */
final class Run {
  private static final VarHandle VIEW;

  static {
    try {
      VIEW = MethodHandles.lookup().findVarHandle(Run.class, "view", View.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int[] NO_CHILDREN = {};
  private static final int SMALL = 16;

  /** Null for the root, which has no blocks. */
  final @Nullable Run parent;

  /** Blocks of the parent that stand before this run. */
  final int parentOffset;

  /** Names the run in {@link Places}; free again when the run is dropped. */
  final int id;

  /** Local hash of block 0. */
  final long firstLocalHash;

  private int length;
  private long[] localHashes;
  private long[] sequenceHashes;

  /** Elements of {@link #localHashes} below this were shown to readers. */
  private int shown;

  private long[] coverage = Coverage.NOBODY;

  /** Coverage within each tier but the device; null when it is the same on all tiers. */
  private long @Nullable [][] slowerCoverage;

  private @Nullable Island islands;

  /** Children by their offset, and the last offset that has one. */
  private int[] childrenAt = NO_CHILDREN;

  private int lastChild;

  /** Whether the run is not as readers see it. */
  private boolean changed;

  /** Written with release, read with acquire. */
  @SuppressWarnings("UnusedVariable") // read through VIEW
  private View view = View.EMPTY;

  /**
   * What readers see of a run.
   *
   * @param localHashes at least {@code length} hashes; those below do not change
   * @param coverage who holds how many of them, on the device
   * @param slowerCoverage the same within each slower tier; null when all tiers are alike
   */
  record View(int length, long[] localHashes, long[] coverage, long @Nullable [][] slowerCoverage) {
    static final View EMPTY = new View(0, Coverage.NOBODY, Coverage.NOBODY, null);

    /** How many blocks of the run a prompt goes on with, from its block {@code from}. */
    int matching(long[] prompt, int from, int count) {
      int most = Math.min(length, count - from);
      int differs = Arrays.mismatch(localHashes, 0, most, prompt, from, from + most);
      return differs < 0 ? most : differs;
    }
  }

  /** Blocks that a slot holds behind a hole: they count for no overlap until the hole is filled. */
  static final class Island {
    final int slot;
    final int tier;
    final BitSet offsets = new BitSet();
    private @Nullable Island next;

    private Island(int slot, int tier, @Nullable Island next) {
      this.slot = slot;
      this.tier = tier;
      this.next = next;
    }
  }

  Run(@Nullable Run parent, int parentOffset, int id, long firstLocalHash, int capacity) {
    this.parent = parent;
    this.parentOffset = parentOffset;
    this.id = id;
    this.firstLocalHash = firstLocalHash;
    this.localHashes = new long[capacity];
    this.sequenceHashes = new long[capacity];
  }

  /** Any thread. */
  View view() {
    return (View) VIEW.getAcquire(this);
  }

  /** Shows readers the run as it is. */
  void publish() {
    if (changed) {
      VIEW.setRelease(this, new View(length, localHashes, coverage, slowerCoverage));
      shown = Math.max(shown, length);
      changed = false;
    }
  }

  int length() {
    return length;
  }

  long localHash(int offset) {
    return localHashes[offset];
  }

  long sequenceHash(int offset) {
    return sequenceHashes[offset];
  }

  /**
   * Adds a block at the end.
   *
   * @param room for how many blocks there should be room, if it has to grow
   */
  void append(long localHash, int room) {
    int offset = length;
    if (offset == localHashes.length) {
      resize(offset + Math.max(room, SMALL / 2 + offset / 4));
    } else if (offset < shown && localHashes[offset] != localHash) {
      // Readers of an older view may still compare with what stands there.
      localHashes = localHashes.clone();
      shown = offset;
    }
    localHashes[offset] = localHash;
    sequenceHashes[offset] = chained(offset, localHash);
    length = offset + 1;
    changed = true;
  }

  private long chained(int offset, long localHash) {
    if (offset > 0) {
      return BlockHasher.sequenceHash(sequenceHashes[offset - 1], localHash);
    }
    return parent == null || parentOffset == 0
        ? localHash
        : BlockHasher.sequenceHash(parent.sequenceHashes[parentOffset - 1], localHash);
  }

  private void resize(int capacity) {
    localHashes = Arrays.copyOf(localHashes, capacity);
    sequenceHashes = Arrays.copyOf(sequenceHashes, capacity);
    changed = true;
    shown = Math.min(shown, length);
  }

  /** Drops blocks at the end that nobody holds and that lead nowhere. Returns how many are left. */
  int trim() {
    int needed = Math.max(Coverage.longest(coverage(Tier.COUNT - 1)), lastChild);
    for (Island island = islands; island != null; island = island.next) {
      needed = Math.max(needed, island.offsets.length());
    }
    changed |= needed < length;
    length = Math.min(length, needed);
    if (localHashes.length > SMALL && length < localHashes.length / 2) {
      resize(length + SMALL / 2);
    }
    return length;
  }

  void addChild(int offset) {
    if (offset >= childrenAt.length) {
      childrenAt = Arrays.copyOf(childrenAt, offset + 1);
    }
    childrenAt[offset]++;
    lastChild = Math.max(lastChild, offset);
  }

  void removeChild(int offset) {
    childrenAt[offset]--;
    while (lastChild > 0 && childrenAt[lastChild] == 0) {
      lastChild--;
    }
    if (lastChild == 0 && childrenAt[0] == 0) {
      childrenAt = NO_CHILDREN;
    }
  }

  /** Whether the tiers have a coverage each. */
  boolean tiersDiffer() {
    return slowerCoverage != null;
  }

  /** Gives each tier a coverage of its own. */
  void tellTiersApart() {
    slowerCoverage = new long[][] {coverage, coverage, coverage};
    changed = true;
    for (Island island = islands; island != null; island = island.next) {
      if (island.tier == 0) {
        for (int tier = 1; tier < Tier.COUNT; tier++) {
          addIsland(island.slot, tier).offsets.or(island.offsets);
        }
      }
    }
  }

  /** Makes the tiers share one coverage again, if they do not differ. */
  void joinTiers() {
    if (slowerCoverage != null && islands == null) {
      for (long[] slower : slowerCoverage) {
        if (!Arrays.equals(slower, coverage)) {
          return;
        }
      }
      slowerCoverage = null;
      changed = true;
    }
  }

  long[] coverage(int tier) {
    return tier == 0 || slowerCoverage == null ? coverage : slowerCoverage[tier - 1];
  }

  void setCoverage(int tier, long[] replacement) {
    changed = true;
    if (tier == 0) {
      coverage = replacement;
    } else if (slowerCoverage != null) {
      slowerCoverage = slowerCoverage.clone();
      slowerCoverage[tier - 1] = replacement;
    }
  }

  @Nullable Island island(int slot, int tier) {
    Island island = islands;
    while (island != null && (island.slot != slot || island.tier != tier)) {
      island = island.next;
    }
    return island;
  }

  Island addIsland(int slot, int tier) {
    Island added = new Island(slot, tier, islands);
    islands = added;
    return added;
  }

  void removeIsland(Island gone) {
    if (islands == gone) {
      islands = gone.next;
      return;
    }
    for (Island island = islands; island != null; island = island.next) {
      if (island.next == gone) {
        island.next = gone.next;
        return;
      }
    }
  }
}
