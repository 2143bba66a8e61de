package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * The host memory behind a {@link SimulatedCache}: blocks that had to leave the device, those that
 * were used the longest ago leaving first. No block lies on both. Constant time a block. One thread
 * at a time.
 */
final class HostTier {
  /*
   * Blocks leave the device in the order of their last use, so the order in which they come here is
   * that order, too: what is oldest here was used the longest ago. A block that is used again goes
   * back to the device. A block's parent leaves the device after it, and so is newer here.
   */
  private final int capacityBlocks;
  private final LongUnaryOperator engineHash;
  private final CacheDigest digest;
  private final LinkedHashMap<Long, Block> oldestFirst = new LinkedHashMap<>();

  /**
   * An empty tier.
   *
   * @param capacityBlocks blocks that it can hold, at least 1
   * @param engineHash of a sequence hash
   * @param digest of the cache, kept in step with what lies here
   */
  HostTier(int capacityBlocks, LongUnaryOperator engineHash, CacheDigest digest) {
    if (capacityBlocks < 1) {
      throw new IllegalArgumentException("capacityBlocks must be at least 1: " + capacityBlocks);
    }
    this.capacityBlocks = capacityBlocks;
    this.engineHash = engineHash;
    this.digest = digest;
  }

  /**
   * A block with its place in its prompt.
   *
   * @param isFirst whether no block is before it
   * @param parentSequenceHash of the block before it; 0 for a first block
   */
  record Block(long sequenceHash, long localHash, boolean isFirst, long parentSequenceHash) {
    boolean follows(Block other) {
      return !isFirst && parentSequenceHash == other.sequenceHash;
    }
  }

  /** Blocks held. */
  int blocks() {
    return oldestFirst.size();
  }

  /** Blocks of a prompt that lie here without a gap, from number {@code from} on. */
  int heldFrom(Prompt prompt, int from) {
    int end = from;
    while (end < prompt.blocks() && oldestFirst.containsKey(prompt.sequenceHashes()[end])) {
      end++;
    }
    return end - from;
  }

  /**
   * Gives up those of the blocks {@code from} to {@code to - 1} of a prompt that lie here. Returns
   * their engine hashes, for the caller to tell when they lie on the device.
   */
  long[] take(Prompt prompt, int from, int to) {
    LongArrayList taken = new LongArrayList();
    for (int i = from; i < to; i++) {
      long sequenceHash = prompt.sequenceHashes()[i];
      if (oldestFirst.remove(sequenceHash) != null) {
        digest.remove(sequenceHash, Tier.HOST);
        taken.add(engineHash.applyAsLong(sequenceHash));
      }
    }
    return taken.toLongArray();
  }

  /**
   * Takes in blocks that are about to leave the device, as far as there is room for them.
   *
   * @param leaving blocks that do not lie here, the oldest first
   * @param events receives what is stored, and then what had to leave
   */
  void add(List<Block> leaving, List<KvEvent> events) {
    List<Block> coming =
        leaving.subList(Math.max(0, leaving.size() - capacityBlocks), leaving.size());
    tell(coming.reversed(), events);
    removed(dropDownTo(capacityBlocks - coming.size()), events);
    for (Block block : coming) {
      oldestFirst.put(block.sequenceHash(), block);
      digest.add(block.sequenceHash(), Tier.HOST);
    }
  }

  /** Forgets everything; the caller clears the digest. */
  void clear() {
    oldestFirst.clear();
  }

  /** Tells the content as stored events, parents before children. */
  void tellContent(List<KvEvent> events) {
    tell(oldestFirst.sequencedValues().reversed(), events);
  }

  /** Tells that blocks left the host, if any did. */
  static void removed(long[] engineHashes, List<KvEvent> events) {
    if (engineHashes.length > 0) {
      events.add(new KvEvent.Removed(engineHashes, Tier.HOST));
    }
  }

  private long[] dropDownTo(int blocks) {
    long[] dropped = new long[Math.max(0, oldestFirst.size() - blocks)];
    Iterator<Block> oldest = oldestFirst.values().iterator();
    for (int i = 0; i < dropped.length; i++) {
      long sequenceHash = oldest.next().sequenceHash();
      oldest.remove();
      digest.remove(sequenceHash, Tier.HOST);
      dropped[i] = engineHash.applyAsLong(sequenceHash);
    }
    return dropped;
  }

  /** Tells blocks as runs, each as long as blocks follow one another. */
  private void tell(Iterable<Block> parentsFirst, List<KvEvent> events) {
    Run run = null;
    for (Block block : parentsFirst) {
      if (run == null || !block.follows(run.last)) {
        if (run != null) {
          events.add(run.stored());
        }
        run = new Run(block);
      }
      run.add(block);
    }
    if (run != null) {
      events.add(run.stored());
    }
  }

  /** Blocks that follow one another. */
  private final class Run {
    private final Block first;
    private final LongArrayList engineHashes = new LongArrayList();
    private final LongArrayList localHashes = new LongArrayList();
    private Block last;

    Run(Block first) {
      this.first = first;
      this.last = first;
    }

    void add(Block block) {
      engineHashes.add(engineHash.applyAsLong(block.sequenceHash()));
      localHashes.add(block.localHash());
      last = block;
    }

    KvEvent stored() {
      return first.isFirst()
          ? KvEvent.Stored.root(engineHashes.toLongArray(), localHashes.toLongArray(), Tier.HOST)
          : KvEvent.Stored.after(
              engineHash.applyAsLong(first.parentSequenceHash()),
              engineHashes.toLongArray(),
              localHashes.toLongArray(),
              Tier.HOST);
    }
  }
}
