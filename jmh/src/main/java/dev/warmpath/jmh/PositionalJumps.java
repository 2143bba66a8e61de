package dev.warmpath.jmh;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * A baseline: one map from sequence hash to the slots that hold the block, asked in jumps. Where as
 * many slots hold the block a jump ahead as held the last one, all blocks between are taken as
 * held; else they are asked for one by one. A hole within a jump is overlooked, and the chained
 * hashes of the prompt must be known. One thread.
 */
final class PositionalJumps {
  private static final int JUMP = 32;
  private static final BitSet NOBODY = new BitSet();

  private final Map<Long, BitSet> slotsBySequenceHash = new HashMap<>();

  void store(int slot, long[] sequenceHashes, int held) {
    for (int i = 0; i < held; i++) {
      slotsBySequenceHash.computeIfAbsent(sequenceHashes[i], _ -> new BitSet()).set(slot);
    }
  }

  /** Writes each slot's overlap into {@code overlaps}. */
  void match(long[] sequenceHashes, int[] overlaps) {
    BitSet left = new BitSet();
    left.or(holders(sequenceHashes[0]));
    int at = 0;
    while (at < sequenceHashes.length && !left.isEmpty()) {
      int ahead = Math.min(at + JUMP, sequenceHashes.length) - 1;
      if (holders(sequenceHashes[ahead]).cardinality() != left.cardinality()) {
        settle(sequenceHashes, at, ahead + 1, left, overlaps);
      }
      at = ahead + 1;
    }
    left.stream().forEach(slot -> overlaps[slot] = sequenceHashes.length);
  }

  private void settle(long[] sequenceHashes, int from, int to, BitSet left, int[] overlaps) {
    for (int depth = from; depth < to && !left.isEmpty(); depth++) {
      BitSet holders = holders(sequenceHashes[depth]);
      for (int slot = left.nextSetBit(0); slot >= 0; slot = left.nextSetBit(slot + 1)) {
        if (!holders.get(slot)) {
          left.clear(slot);
          overlaps[slot] = depth;
        }
      }
    }
  }

  private BitSet holders(long sequenceHash) {
    return slotsBySequenceHash.getOrDefault(sequenceHash, NOBODY);
  }
}
