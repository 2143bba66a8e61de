package dev.warmpath.indexer.index;

import dev.warmpath.indexer.event.Tier;
import java.util.Arrays;

/**
 * The result of one {@link PrefixIndex#match}: how many leading blocks of the prompt each slot
 * holds, per tier. Owned by the caller and reused from match to match; one thread at a time.
 *
 * <p>Depths are cumulative over tiers: a block counts within {@link Tier#HOST} when it lies on the
 * device or in host memory. So depths never fall from one tier to the next slower one.
 */
public final class Overlaps {
  private static final int DEVICE = Tier.DEVICE.index();

  private final int[][] depth = new int[Tier.COUNT][0];
  private final long[][] alive = new long[Tier.COUNT][0];
  private final OverlapGroups groups = new OverlapGroups();

  /** Scratch of {@link #narrow}: who goes on. */
  private long[] staying = {};

  private int slots;
  private int words;

  /** Whether all tiers are alike so far: then the device's arrays stand for all. */
  private boolean alike;

  /** Leading blocks that a slot holds on {@code within} or a faster tier. */
  public int blocks(int slot, Tier within) {
    return slot < slots ? depth[alike ? DEVICE : within.index()][slot] : 0;
  }

  /** Leading blocks that a slot holds on its device. */
  public int deviceBlocks(int slot) {
    return blocks(slot, Tier.DEVICE);
  }

  /**
   * Whether every slot's overlap is the same on all tiers: nothing counts on a slower one alone.
   */
  public boolean areTiersAlike() {
    return alike;
  }

  /**
   * The slots by their overlap on {@code within} or a faster tier, made from the depths at each
   * call: a few nanoseconds a slot, and no allocation once the longest prompt was seen.
   */
  public OverlapGroups groups(Tier within) {
    groups.fill(depth[alike ? DEVICE : within.index()], slots);
    return groups;
  }

  /** Slots below this number may have an overlap. */
  public int slotLimit() {
    return slots;
  }

  /** Starts a match over slots 0 to {@code slotLimit} - 1. */
  void start(int slotLimit) {
    words = (slotLimit + Long.SIZE - 1) / Long.SIZE;
    if (depth[DEVICE].length < slotLimit) {
      for (int tier = 0; tier < Tier.COUNT; tier++) {
        depth[tier] = new int[slotLimit];
        alive[tier] = new long[words];
      }
      staying = new long[words];
    }
    Arrays.fill(depth[DEVICE], 0, slotLimit, 0);
    slots = slotLimit;
    alike = true;
  }

  /**
   * Starts on an index, or on the next one of several with slots of their own: all slots may hold
   * the whole prompt. Those that are not in it end before the first block, which leaves what was
   * found of them.
   */
  void startIndex() {
    for (int tier = 0; tier < (alike ? 1 : Tier.COUNT); tier++) {
      Arrays.fill(alive[tier], 0, words, -1L);
      if (slots % Long.SIZE != 0) {
        alive[tier][words - 1] = (1L << slots) - 1;
      }
    }
  }

  /**
   * Goes on over a run. Slots that do not hold all of the part that matches end in it.
   *
   * @param before blocks of the prompt before the run
   * @param matched leading blocks of the run that the prompt goes on with
   * @return whether any slot is left
   */
  boolean next(Run.View run, int before, int matched) {
    long[][] slower = run.slowerCoverage();
    if (alike) {
      if (slower == null) {
        return narrow(DEVICE, run.coverage(), before, matched);
      }
      tellTiersApart();
    }
    boolean any = narrow(DEVICE, run.coverage(), before, matched);
    for (int tier = 1; tier < Tier.COUNT; tier++) {
      any = narrow(tier, slower == null ? run.coverage() : slower[tier - 1], before, matched);
    }
    return any;
  }

  /** Ends a match: the slots that are left hold {@code blocks} blocks. */
  void end(int blocks) {
    for (int tier = 0; tier < (alike ? 1 : Tier.COUNT); tier++) {
      for (int word = 0; word < words; word++) {
        settle(depth[tier], word, alive[tier][word], blocks);
      }
    }
  }

  private void tellTiersApart() {
    alike = false;
    for (int tier = 1; tier < Tier.COUNT; tier++) {
      System.arraycopy(depth[DEVICE], 0, depth[tier], 0, slots);
      System.arraycopy(alive[DEVICE], 0, alive[tier], 0, words);
    }
  }

  private boolean narrow(int tier, long[] coverage, int before, int matched) {
    long[] left = alive[tier];
    int[] depthOf = depth[tier];
    long[] stay = staying;
    Arrays.fill(stay, 0, words, 0L);
    for (int i = 0; i < coverage.length - 1; i += 2) {
      long key = Coverage.keyAt(coverage, i);
      int word = Coverage.word(key);
      long group = word < words ? left[word] & coverage[i + 1] : 0L;
      if (group != 0) {
        left[word] ^= group;
        int cut = Coverage.cut(key);
        if (cut >= matched) {
          stay[word] |= group;
        } else {
          settle(depthOf, word, group, before + cut);
        }
      }
    }
    long any = 0;
    for (int word = 0; word < words; word++) {
      settle(depthOf, word, left[word], before);
      left[word] = stay[word];
      any |= stay[word];
    }
    return any != 0;
  }

  /** The slots of a group hold {@code blocks} blocks. Depths are 0 from the start. */
  private static void settle(int[] depthOf, int word, long group, int blocks) {
    if (blocks == 0) {
      return;
    }
    for (long slots = group; slots != 0; slots &= slots - 1) {
      depthOf[word * Long.SIZE + Long.numberOfTrailingZeros(slots)] = blocks;
    }
  }
}
