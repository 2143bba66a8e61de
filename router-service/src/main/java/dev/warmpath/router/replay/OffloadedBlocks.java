package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A slower tier behind a {@link SimulatedCache}: blocks that had to leave the one before it, those
 * that were used the longest ago leaving first, for the next one if there is any. No block lies on
 * two. Constant time a block. One thread at a time.
 */
final class OffloadedBlocks {
  /*
   * Blocks leave a tier in the order of their last use, so the order in which they come here is
   * that order, too: what is oldest here was used the longest ago. A block that is used again goes
   * back to the device. A block's parent leaves a tier after it, and so is newer here, or before it.
   */
  private final Tier tier;
  private final int capacityBlocks;
  private final @Nullable OffloadedBlocks next;
  private final LongUnaryOperator engineHash;
  private final CacheDigest digest;
  private final LinkedHashMap<Long, Block> oldestFirst = new LinkedHashMap<>();

  /**
   * An empty tier.
   *
   * @param tier what it is
   * @param capacityBlocks blocks that it can hold, at least 1
   * @param next where blocks go that have to leave; null for nowhere
   * @param engineHash of a sequence hash
   * @param digest of the cache, kept in step with what lies here
   */
  OffloadedBlocks(
      Tier tier,
      int capacityBlocks,
      @Nullable OffloadedBlocks next,
      LongUnaryOperator engineHash,
      CacheDigest digest) {
    if (capacityBlocks < 1) {
      throw new IllegalArgumentException("capacityBlocks must be at least 1: " + capacityBlocks);
    }
    this.tier = tier;
    this.capacityBlocks = capacityBlocks;
    this.next = next;
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

  /** Which tier it is. */
  Tier tier() {
    return tier;
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
        digest.remove(sequenceHash, tier);
        taken.add(engineHash.applyAsLong(sequenceHash));
      }
    }
    return taken.toLongArray();
  }

  /**
   * Takes in blocks that are about to leave the tier before this one, as far as there is room for
   * them; the oldest of both go on to the next one.
   *
   * @param leaving blocks that do not lie here, the oldest first
   * @param events receives what is stored here and behind, and then what had to leave
   */
  void add(List<Block> leaving, List<KvEvent> events) {
    int tooMany = Math.max(0, leaving.size() - capacityBlocks);
    List<Block> coming = leaving.subList(tooMany, leaving.size());
    tell(coming.reversed(), events);
    List<Block> dropped = dropDownTo(capacityBlocks - coming.size());
    if (next != null && dropped.size() + tooMany > 0) {
      List<Block> further = new ArrayList<>(dropped);
      further.addAll(leaving.subList(0, tooMany));
      next.add(further, events);
    }
    removed(engineHashes(dropped), events);
    for (Block block : coming) {
      oldestFirst.put(block.sequenceHash(), block);
      digest.add(block.sequenceHash(), tier);
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

  /** Tells that blocks left, if any did. */
  void removed(long[] engineHashes, List<KvEvent> events) {
    if (engineHashes.length > 0) {
      events.add(new KvEvent.Removed(engineHashes, tier));
    }
  }

  private List<Block> dropDownTo(int blocks) {
    List<Block> dropped = new ArrayList<>();
    Iterator<Block> oldest = oldestFirst.values().iterator();
    for (int left = oldestFirst.size() - blocks; left > 0; left--) {
      Block block = oldest.next();
      oldest.remove();
      digest.remove(block.sequenceHash(), tier);
      dropped.add(block);
    }
    return dropped;
  }

  private long[] engineHashes(List<Block> blocks) {
    return blocks.stream().mapToLong(Block::sequenceHash).map(engineHash).toArray();
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
          ? KvEvent.Stored.root(engineHashes.toLongArray(), localHashes.toLongArray(), tier)
          : KvEvent.Stored.after(
              engineHash.applyAsLong(first.parentSequenceHash()),
              engineHashes.toLongArray(),
              localHashes.toLongArray(),
              tier);
    }
  }
}
