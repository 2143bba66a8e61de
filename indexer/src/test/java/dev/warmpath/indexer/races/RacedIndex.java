package dev.warmpath.indexer.races;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import java.util.Arrays;

/**
 * A prefix index in the words of the races: chains of blocks, each block named by its local hash.
 */
final class RacedIndex {
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);

  /** Stores blocks {@code from} to {@code to} of a chain, in one event. */
  void store(int slot, long[] chain, int from, int to) {
    store(slot, chain, from, to, Tier.DEVICE);
  }

  void store(int slot, long[] chain, int from, int to, Tier tier) {
    long[] names = Arrays.copyOfRange(chain, from, to);
    KvEvent stored =
        from == 0
            ? KvEvent.Stored.root(names, names, tier)
            : KvEvent.Stored.after(chain[from - 1], names, names, tier);
    index.apply(slot, stored, 0L);
  }

  void store(int slot, long[] chain) {
    store(slot, chain, 0, chain.length);
  }

  /** Removes blocks {@code from} to {@code to} of a chain, the last one first, in one event. */
  void remove(int slot, long[] chain, int from, int to) {
    long[] names = new long[to - from];
    Arrays.setAll(names, i -> chain[to - 1 - i]);
    index.apply(slot, new KvEvent.Removed(names, Tier.DEVICE), 0L);
  }

  void release(int slot) {
    index.release(slot);
  }

  Overlaps match(long[] prompt) {
    Overlaps overlaps = new Overlaps();
    index.match(prompt, prompt.length, overlaps);
    return overlaps;
  }

  int depth(int slot, long[] prompt) {
    return match(prompt).deviceBlocks(slot);
  }

  /** A chain whose blocks are {@code first}, {@code first} + 1 and so on. */
  static long[] chain(long first, int length) {
    long[] chain = new long[length];
    Arrays.setAll(chain, i -> first + i);
    return chain;
  }

  /** A chain that is {@code head}, and then {@code tail}. */
  static long[] join(long[] head, long... tail) {
    long[] joined = Arrays.copyOf(head, head.length + tail.length);
    System.arraycopy(tail, 0, joined, head.length, tail.length);
    return joined;
  }
}
