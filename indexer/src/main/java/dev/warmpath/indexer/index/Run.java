package dev.warmpath.indexer.index;

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
 * <p>The fields are the writer's own, but for the {@link #view()}: all that a match needs of the
 * run.
 */
final class Run {
  private static final VarHandle VIEW = handle(Run.class, "view", View.class);
  private static final VarHandle LENGTH = handle(View.class, "length", int.class);
  private static final int[] NO_CHILDREN = {};

  /** A run without its blocks, its view and the header of their array. */
  private static final int FIXED_BYTES = 48 + 24 + Footprint.ARRAY_BYTES;

  /** An island and its bitset without the words. */
  private static final int ISLAND_BYTES = 24 + 24 + Footprint.ARRAY_BYTES;

  private static final int SMALL = 16;

  /** Null for the root, which has no blocks. */
  final @Nullable Run parent;

  /** Blocks of the parent that stand before this run. */
  final int parentOffset;

  /** Names the run in {@link Places}; free again when the run is dropped. */
  final int id;

  /** Local hash of block 0. */
  final long firstLocalHash;

  /** Written with release, read with acquire by all but the writer. */
  private View view;

  /** Elements of the view's local hashes below this were shown to readers. */
  private int shown;

  private @Nullable Island islands;

  /** How many blocks were appended since the run was made. */
  private int grown;

  /** How many children there are at each offset, and the last offset that has one. */
  private int[] childrenAt = NO_CHILDREN;

  private int lastChild;

  /**
   * What readers see of a run. What it says is replaced as a whole, but for two things that the
   * writer changes in place: the length, and the cut of a slot that shares it with no other.
   */
  static final class View {
    /*
     * Hashes below the length never change in one array, and a view's own arrays are changed only
     * while it is the run's view. So whatever mixture of lengths and cuts a reader sees, each slot
     * held what its cut says at some time during the match.
     */
    private final long[] localHashes;
    private final long[] coverage;
    private final long @Nullable [][] slowerCoverage;
    private int length;

    private View(
        long[] localHashes, int length, long[] coverage, long @Nullable [][] slowerCoverage) {
      this.localHashes = localHashes;
      this.coverage = coverage;
      this.slowerCoverage = slowerCoverage;
      this.length = length;
    }

    /** How many blocks of the run a prompt goes on with, from its block {@code from}. */
    int matching(long[] prompt, int from, int count) {
      int most = Math.min((int) LENGTH.getAcquire(this), count - from);
      int differs = Arrays.mismatch(localHashes, 0, most, prompt, from, from + most);
      return differs < 0 ? most : differs;
    }

    /** Who holds how many leading blocks on the device: for {@link Coverage}. */
    long[] coverage() {
      return coverage;
    }

    /** The same within each slower tier; null when all tiers are alike. */
    long @Nullable [][] slowerCoverage() {
      return slowerCoverage;
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

    long bytes() {
      return ISLAND_BYTES + (long) (offsets.size() / Byte.SIZE);
    }
  }

  Run(@Nullable Run parent, int parentOffset, int id, long firstLocalHash, int capacity) {
    this.parent = parent;
    this.parentOffset = parentOffset;
    this.id = id;
    this.firstLocalHash = firstLocalHash;
    this.view = new View(new long[capacity], 0, Coverage.NOBODY, null);
  }

  private static VarHandle handle(Class<?> owner, String field, Class<?> type) {
    try {
      return MethodHandles.lookup().findVarHandle(owner, field, type);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** Any thread. */
  View view() {
    return (View) VIEW.getAcquire(this);
  }

  private void show(View changed) {
    VIEW.setRelease(this, changed);
  }

  int length() {
    return view.length;
  }

  /** The place in the parent that has the first block of another branch, or none. */
  long hangsAt() {
    return parent == null ? 0 : RunTree.place(parent, parentOffset);
  }

  private void setLength(int length) {
    LENGTH.setRelease(view, length);
    shown = Math.max(shown, length);
  }

  long localHash(int offset) {
    return view.localHashes[offset];
  }

  /** How many blocks from {@code offset} on are {@code local[from]} and those behind it. */
  int matching(int offset, long[] local, int from, int count) {
    int most = Math.min(view.length - offset, count);
    int differs =
        Arrays.mismatch(view.localHashes, offset, offset + most, local, from, from + most);
    return differs < 0 ? most : differs;
  }

  /**
   * Adds blocks at the end.
   *
   * @param local has their local hashes, the first at {@code from}
   * @param room for how many blocks there should be room, if the run has to grow
   */
  void append(long[] local, int from, int count, int room) {
    int offset = view.length;
    int capacity = view.localHashes.length;
    int rewritten = Math.min(count, shown - offset);
    if (offset + count > capacity) {
      // As much again as has come event by event: a chain that comes so is copied a few times only,
      // and a prompt that was stored at once and goes on for a few blocks gets room for a few.
      resize(offset + Math.max(room, Math.max(SMALL / 2, grown)));
    } else if (rewritten > 0
        && Arrays.mismatch(
                view.localHashes, offset, offset + rewritten, local, from, from + rewritten)
            >= 0) {
      // Readers may still compare with what stands there.
      resize(capacity);
    }
    System.arraycopy(local, from, view.localHashes, offset, count);
    grown += offset == 0 ? 0 : count;
    setLength(offset + count);
  }

  /** Shows readers a view with arrays of its own. */
  private void resize(int capacity) {
    View old = view;
    long[] localHashes = Arrays.copyOf(old.localHashes, capacity);
    show(new View(localHashes, old.length, old.coverage.clone(), old.slowerCoverage));
    shown = old.length;
  }

  /** Drops blocks at the end that nobody holds and that lead nowhere. Returns how many are left. */
  int trim() {
    int needed = Math.max(Coverage.longest(coverage(Tier.COUNT - 1)), lastChild);
    for (Island island = islands; island != null; island = island.next) {
      needed = Math.max(needed, island.offsets.length());
    }
    int left = Math.min(view.length, needed);
    setLength(left);
    if (left > 0 && left < view.localHashes.length / 4 && view.localHashes.length > SMALL) {
      resize(left + SMALL / 2);
      grown = 0;
    }
    return left;
  }

  /** Bytes of the run without its coverage and islands. */
  long bytes() {
    return FIXED_BYTES
        + (long) Long.BYTES * view.localHashes.length
        + (childrenAt.length == 0 ? 0 : Footprint.bytesOf(childrenAt));
  }

  /** Bytes that say who holds how much of the run. */
  long coverageBytes() {
    long bytes = cutBytes();
    for (Island island = islands; island != null; island = island.next) {
      bytes += island.bytes();
    }
    return bytes;
  }

  /** The same without islands. */
  long cutBytes() {
    long bytes = bytesOf(view.coverage);
    if (view.slowerCoverage != null) {
      bytes += Footprint.ARRAY_BYTES + (long) Footprint.REFERENCE_BYTES * (Tier.COUNT - 1);
      for (long[] slower : view.slowerCoverage) {
        bytes += bytesOf(slower);
      }
    }
    return bytes;
  }

  private static long bytesOf(long[] coverage) {
    return coverage.length == 0 ? 0 : Footprint.bytesOf(coverage);
  }

  /** Whether children may hang at an offset; if not, none needs to be looked for. */
  boolean mayHaveChildAt(int offset) {
    return parent == null || offset <= lastChild;
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
    if (lastChild == 0) {
      childrenAt = NO_CHILDREN;
    }
  }

  /** Whether the tiers have a coverage each. */
  boolean tiersDiffer() {
    return view.slowerCoverage != null;
  }

  long[] coverage(int tier) {
    long[][] slower = view.slowerCoverage;
    return tier == 0 || slower == null ? view.coverage : slower[tier - 1];
  }

  /** Changes how many blocks a slot holds, in a run whose tiers are alike. */
  void moveCut(int slot, int before, int after) {
    View old = view;
    if (!Coverage.moveInPlace(old.coverage, slot, before, after)) {
      long[] coverage = Coverage.moved(old.coverage, slot, before, after);
      show(new View(old.localHashes, old.length, coverage, null));
    }
  }

  /**
   * Gives each tier a coverage of its own.
   *
   * @param byTier by index of the tier
   */
  void setCoverage(long[][] byTier) {
    boolean alike = islands == null;
    for (int tier = 1; tier < Tier.COUNT && alike; tier++) {
      alike = Arrays.equals(byTier[tier], byTier[0]);
    }
    long[][] slower = alike ? null : Arrays.copyOfRange(byTier, 1, Tier.COUNT);
    long[] device = alike ? byTier[0].clone() : byTier[0];
    show(new View(view.localHashes, view.length, device, slower));
  }

  /** Gives each tier the coverage that all share so far. */
  void tellTiersApart() {
    View old = view;
    long[][] slower = {old.coverage, old.coverage, old.coverage};
    show(new View(old.localHashes, old.length, old.coverage, slower));
    for (Island island = islands; island != null; island = island.next) {
      if (island.tier == 0) {
        for (int tier = 1; tier < Tier.COUNT; tier++) {
          addIsland(island.slot, tier).offsets.or(island.offsets);
        }
      }
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
