package dev.warmpath.indexer.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * How many blocks each slot of an index holds, side by side, since every decision asks for all of
 * them. The writer thread tells it; any thread reads.
 */
final class HeldBlocks {
  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(int[].class);

  /** Elements are written with release and read with acquire. */
  private volatile int[] blocks = new int[0];

  /** Of a slot; 0 when it was never told. */
  int of(int slot) {
    int[] all = blocks;
    return slot < all.length ? (int) ELEMENT.getAcquire(all, slot) : 0;
  }

  /** Adds those of some slots to what {@code into} has. */
  void addTo(long[] into, int[] slots, int count) {
    int[] all = blocks;
    for (int i = 0; i < count; i++) {
      int slot = slots[i];
      into[i] += slot < all.length ? (int) ELEMENT.getAcquire(all, slot) : 0;
    }
  }

  void tell(int slot, int held) {
    int[] all = blocks;
    if (slot >= all.length) {
      all = Arrays.copyOf(all, Math.max(2 * all.length, slot + 1));
      all[slot] = held;
      blocks = all;
    } else {
      ELEMENT.setRelease(all, slot, held);
    }
  }
}
