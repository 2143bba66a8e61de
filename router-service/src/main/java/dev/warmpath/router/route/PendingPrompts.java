package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.Arrays;

/**
 * Prompts that were booked a moment ago, whose blocks the index may not have yet: requests that go
 * on with one of them will find its blocks where it went. Bounded: the last {@link #MAX_PROMPTS}
 * prompts, of each the first {@link #MAX_BLOCKS} blocks. Any thread.
 */
final class PendingPrompts {
  /*
   * Prompts lie in a ring, under numbers that grow. For each of its depths 1, 2, 4, 8 ... a prompt
   * is put into a table of hints of that depth under the hash of its blocks down to there; it
   * remembers who was in its place, so each place leads to a chain of prompts from the newest to
   * the oldest.
   *
   * A match follows the chains from the deepest depth upwards. Who has the same 64 bits of hash at
   * a depth shares all blocks down to there; those behind it are compared themselves. Prompts that
   * share a place by chance, or were found at a deeper depth, are passed by, and so are those that
   * cannot raise what their target is expected to hold: their hashes need not come from memory.
   *
   * It looks at MAX_LOOKED_AT prompts at most, at one prompt once a depth: of many with one common
   * root at the newest, after all that share more. Prompts that are expected no longer do not
   * count: they are taken out of the chain in which they are met. Nor do those behind which so many
   * wait that their blocks will be gone again.
   */
  static final int MAX_PROMPTS = 2_048;
  static final int MAX_BLOCKS = 1_024;
  private static final int MAX_LOOKED_AT = 64;
  private static final int DEPTHS = Integer.numberOfTrailingZeros(MAX_BLOCKS) + 1;
  private static final int HINTS = 1 << 13;

  private static final long NO_BOOKING = 0;

  private final CacheTurnover turnover;

  // Guarded by this.
  private final Prompt[] ring = new Prompt[MAX_PROMPTS];
  private final long[] hints = new long[DEPTHS * HINTS];
  private final int[] places = new int[DEPTHS];
  private final long[] prefixes = new long[DEPTHS];
  private long nextNumber = 1;
  private long displaced;
  private long cutShort;
  private long searchesCutShort;

  /**
   * @param turnover of the targets' caches; hears of a booking before its prompt comes here
   */
  PendingPrompts(CacheTurnover turnover) {
    this.turnover = turnover;
    Arrays.setAll(ring, _ -> new Prompt());
  }

  /**
   * A prompt was booked on a target.
   *
   * @param bookingId its booking; not 0
   * @param untilNanos when its blocks are expected to be in the index at the latest
   */
  synchronized void add(
      Target target,
      long bookingId,
      long[] localHashes,
      int blocks,
      long nowNanos,
      long untilNanos) {
    if (blocks == 0) {
      return;
    }
    Prompt prompt = ring[(int) (nextNumber % MAX_PROMPTS)];
    displaced += prompt.isExpected(nowNanos) ? 1 : 0;
    cutShort += blocks > MAX_BLOCKS ? 1 : 0;
    prompt.set(target, bookingId, localHashes, Math.min(blocks, MAX_BLOCKS), untilNanos);
    prompt.usedAt = turnover.storedBlocks(target);
    int depths = findPlaces(localHashes, prompt.blocks);
    for (int i = 0; i < depths; i++) {
      prompt.before[i] = hints[places[i]];
      prompt.prefixes[i] = prefixes[i];
      hints[places[i]] = nextNumber;
    }
    nextNumber++;
  }

  /**
   * Finds the leading blocks of a prompt that each target is expected to hold when all that is
   * booked there now is computed.
   *
   * @param expected receives them
   */
  synchronized void match(long[] localHashes, int blocks, long nowNanos, ExpectedBlocks expected) {
    expected.start();
    int depths = findPlaces(localHashes, Math.min(blocks, MAX_BLOCKS));
    int left = MAX_LOOKED_AT;
    for (int depth = depths - 1; depth >= 0 && left >= 0; depth--) {
      left = follow(depth, depths, left, localHashes, blocks, nowNanos, expected);
    }
    if (left < 0) {
      searchesCutShort++;
    }
  }

  /**
   * Follows the chain of one depth.
   *
   * @param left how many prompts may still be looked at
   * @return how many may be after that; less than 0 when there were more
   */
  private int follow(
      int depth,
      int depths,
      int left,
      long[] localHashes,
      int blocks,
      long nowNanos,
      ExpectedBlocks expected) {
    Prompt newer = null;
    long number = hints[places[depth]];
    int may = left;
    while (number > nextNumber - MAX_PROMPTS && number > 0) {
      Prompt prompt = ring[(int) (number % MAX_PROMPTS)];
      number = depth < prompt.depths() ? prompt.before[depth] : 0;
      if (!prompt.isExpected(nowNanos)) {
        if (newer == null) {
          hints[places[depth]] = number;
        } else {
          newer.before[depth] = number;
        }
        continue;
      }
      newer = prompt;
      if (--may < 0) {
        return may;
      }
      boolean found = depth + 1 < depths && prompt.hasPrefix(depth + 1, prefixes[depth + 1]);
      if (!found
          && prompt.hasPrefix(depth, prefixes[depth])
          && expected.of(prompt.target) < Math.min(prompt.blocks, blocks)
          && turnover.keepsUsedAt(prompt.target, prompt.usedAt)) {
        expected.raise(prompt.target, prompt.sharedBlocks(1 << depth, localHashes, blocks));
      }
    }
    return may;
  }

  /** The prompt of a booking will not be computed: nobody is expected to hold it. */
  synchronized void forget(long bookingId) {
    for (Prompt prompt : ring) {
      if (prompt.bookingId == bookingId) {
        prompt.bookingId = NO_BOOKING;
        return;
      }
    }
  }

  /** Prompts that are expected at this time. */
  synchronized int expected(long nowNanos) {
    int expected = 0;
    for (Prompt prompt : ring) {
      expected += prompt.isExpected(nowNanos) ? 1 : 0;
    }
    return expected;
  }

  /** Prompts that gave way to others while they were expected. */
  synchronized long displaced() {
    return displaced;
  }

  /** Prompts of which only the first {@link #MAX_BLOCKS} blocks were kept. */
  synchronized long cutShort() {
    return cutShort;
  }

  /** Searches that ended before they had compared all prompts that looked alike. */
  synchronized long searchesCutShort() {
    return searchesCutShort;
  }

  /** Hashes down to depths 1, 2, 4 ... and where their hints are; returns how many depths. */
  private int findPlaces(long[] localHashes, int blocks) {
    long hash = 0;
    int found = 0;
    int block = 0;
    for (int depth = 1; depth <= blocks; depth <<= 1) {
      for (; block < depth; block++) {
        hash = (hash ^ localHashes[block]) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 32;
      }
      prefixes[found] = hash;
      places[found] = found * HINTS + (int) (hash & (HINTS - 1));
      found++;
    }
    return found;
  }

  /** One booked prompt; the object serves one after the other. */
  @SuppressWarnings("NullAway.Init") // set comes first
  private static final class Prompt {
    private Target target;
    private long bookingId = NO_BOOKING;
    private long[] localHashes = new long[0];
    private int blocks;
    private long untilNanos;
    private double usedAt;
    private final long[] before = new long[DEPTHS];
    private final long[] prefixes = new long[DEPTHS];

    void set(Target target, long bookingId, long[] hashes, int blocks, long untilNanos) {
      this.target = target;
      this.bookingId = bookingId;
      this.blocks = blocks;
      this.untilNanos = untilNanos;
      if (localHashes.length < blocks) {
        localHashes = new long[2 * Integer.highestOneBit(blocks)];
      }
      System.arraycopy(hashes, 0, localHashes, 0, blocks);
    }

    boolean isExpected(long nowNanos) {
      return bookingId != NO_BOOKING && nowNanos - untilNanos < 0;
    }

    int depths() {
      return Integer.SIZE - Integer.numberOfLeadingZeros(blocks);
    }

    /** Whether its blocks down to a depth are those with this hash. */
    boolean hasPrefix(int depth, long hash) {
      return depth < depths() && prefixes[depth] == hash;
    }

    /** Leading blocks that are the same, of which the first {@code known} are known to be. */
    int sharedBlocks(int known, long[] hashes, int count) {
      int compared = Math.min(blocks, count);
      int mismatch = Arrays.mismatch(localHashes, known, compared, hashes, known, compared);
      return mismatch < 0 ? compared : known + mismatch;
    }
  }
}
