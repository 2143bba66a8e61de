package dev.warmpath.jmh;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The plain alternative to the prefix index: one map from sequence hash to the slots that hold the
 * block. It needs the chained hash of every block of a prompt, has no tiers, no copies, and no
 * order between threads. One thread.
 */
final class SequenceHashMap {
  private static final BitSet NOBODY = new BitSet();

  private final Map<Long, BitSet> slotsBySequenceHash = new HashMap<>();

  void store(int slot, long[] sequenceHashes) {
    for (long hash : sequenceHashes) {
      slotsBySequenceHash.computeIfAbsent(hash, _ -> new BitSet()).set(slot);
    }
  }

  void remove(int slot, long[] sequenceHashes) {
    for (long hash : sequenceHashes) {
      slotsBySequenceHash.computeIfPresent(
          hash,
          (_, slots) -> {
            slots.clear(slot);
            return slots.isEmpty() ? null : slots;
          });
    }
  }

  /** Writes each slot's overlap into {@code overlaps}. */
  void match(long[] sequenceHashes, int[] overlaps) {
    BitSet left = new BitSet();
    left.set(0, overlaps.length);
    for (int depth = 0; depth < sequenceHashes.length && !left.isEmpty(); depth++) {
      BitSet holders = slotsBySequenceHash.getOrDefault(sequenceHashes[depth], NOBODY);
      for (int slot = left.nextSetBit(0); slot >= 0; slot = left.nextSetBit(slot + 1)) {
        if (!holders.get(slot)) {
          left.clear(slot);
          overlaps[slot] = depth;
        }
      }
    }
    left.stream().forEach(slot -> overlaps[slot] = sequenceHashes.length);
  }
}
