package dev.warmpath.indexer.index;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.HashCommon;
import it.unimi.dsi.fastutil.longs.Long2LongLinkedOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;

/**
 * What a target whose worker publishes no KV events is taken to hold: the blocks of the prompts
 * that were placed on it. It keeps them in the index under the target's slot, as far as they fit
 * into the target's cache, those that were placed least recently leaving first, and each for a time
 * after it was last part of a placed prompt, if that time is bounded. Constant time a block. The
 * index's writer thread only.
 */
public final class ApproximateCache {
  /** A life that does not end: blocks leave for want of room alone. */
  public static final long ENDLESS = Long.MAX_VALUE;

  /*
   * As an engine's own cache does, every placement touches its path tail first. So a block is always
   * more recent than all that follow it: plain least-recently-used order makes leaves leave before
   * their prefixes, and what is held of any prompt is a prefix of it. A block's engine hash in the
   * index is its sequence hash, which is all that is known of it.
   *
   * One order serves both bounds, since blocks that were touched earlier are overdue earlier. Where
   * the bytes of the indexes are used up, as many of the least recent leave as could not be added:
   * nobody else would ever remove them.
   */
  private static final float LOAD_FACTOR = 0.75f;

  /** Of one place in the map: key, time, and the two neighbours in the order. */
  private static final int BYTES_PER_PLACE = 3 * Long.BYTES;

  private final PrefixIndex index;
  private final int slot;
  private final int mostBlocks;
  private final long lifeNanos;

  /** Sequence hash to the time of the last placement, the least recent first. */
  private final Long2LongLinkedOpenHashMap placedNanos =
      new Long2LongLinkedOpenHashMap(16, LOAD_FACTOR);

  private long bytes;

  /**
   * An empty cache.
   *
   * @param slot a slot that is not in use
   * @param mostBlocks blocks that it may hold, at least 1; at most {@link
   *     IndexLimits#MOST_BLOCKS_PER_TARGET} count
   * @param lifeNanos how long after its last placement a block leaves, nanoseconds, at least 1;
   *     {@link #ENDLESS} for never
   */
  public ApproximateCache(PrefixIndex index, int slot, long mostBlocks, long lifeNanos) {
    if (mostBlocks < 1 || lifeNanos < 1) {
      throw new IllegalArgumentException(
          "must be at least 1: mostBlocks %d, lifeNanos %d".formatted(mostBlocks, lifeNanos));
    }
    this.index = index;
    this.slot = slot;
    this.mostBlocks = (int) Math.min(mostBlocks, IndexLimits.MOST_BLOCKS_PER_TARGET);
    this.lifeNanos = lifeNanos;
    index.admit(slot, this.mostBlocks);
  }

  /**
   * A prompt was placed on the target, which holds its blocks from here on; of a prompt longer than
   * the cache, only the first ones.
   *
   * @param localHashes the prompt's local hashes; not kept
   * @param blocks how many of them
   * @param nowNanos the time, not before that of an earlier call
   * @return false when the prompt has a block that is not held, and the bytes of the indexes are
   *     used up: then nothing is added, the blocks are counted as refused, and as many others leave
   */
  public boolean place(long[] localHashes, int blocks, long nowNanos) {
    int kept = Math.min(blocks, mostBlocks);
    long[] sequenceHashes = new long[kept];
    BlockHasher.sequenceHashes(localHashes, kept, sequenceHashes);
    int held = 0;
    while (held < kept && placedNanos.containsKey(sequenceHashes[held])) {
      held++;
    }
    touch(sequenceHashes, held, nowNanos);
    boolean placed = held == kept || add(sequenceHashes, localHashes, held, kept, nowNanos);
    countBytes();
    return placed;
  }

  private boolean add(
      long[] sequenceHashes, long[] localHashes, int held, int kept, long nowNanos) {
    int missing = kept - held;
    if (!index.hasRoom()) {
      index.counters().byteBoundRefusals.add(missing);
      shrinkTo(Math.max(held, placedNanos.size() - missing), nowNanos);
      return false;
    }
    shrinkTo(mostBlocks - missing, nowNanos);
    // Another shard may have taken the room meanwhile.
    if (!index.apply(slot, stored(sequenceHashes, localHashes, held, kept), nowNanos)) {
      return false;
    }
    touch(sequenceHashes, kept, nowNanos);
    return true;
  }

  private void touch(long[] sequenceHashes, int count, long nowNanos) {
    for (int i = count - 1; i >= 0; i--) {
      placedNanos.putAndMoveToLast(sequenceHashes[i], nowNanos);
    }
  }

  private void shrinkTo(int blocks, long nowNanos) {
    LongArrayList leaving = new LongArrayList();
    while (placedNanos.size() > blocks) {
      leaving.add(placedNanos.firstLongKey());
      placedNanos.removeFirstLong();
    }
    remove(leaving, nowNanos);
  }

  private static KvEvent.Stored stored(
      long[] sequenceHashes, long[] localHashes, int from, int to) {
    long[] engineHashes = Arrays.copyOfRange(sequenceHashes, from, to);
    long[] locals = Arrays.copyOfRange(localHashes, from, to);
    return from == 0
        ? KvEvent.Stored.root(engineHashes, locals, Tier.DEVICE)
        : KvEvent.Stored.after(sequenceHashes[from - 1], engineHashes, locals, Tier.DEVICE);
  }

  /** Drops the blocks that were last placed too long ago. Returns how many. */
  public int expire(long nowNanos) {
    LongArrayList leaving = new LongArrayList();
    while (!placedNanos.isEmpty()) {
      long oldest = placedNanos.firstLongKey();
      if (nowNanos - placedNanos.get(oldest) < lifeNanos) {
        break;
      }
      placedNanos.removeFirstLong();
      leaving.add(oldest);
    }
    remove(leaving, nowNanos);
    countBytes();
    return leaving.size();
  }

  private void remove(LongArrayList sequenceHashes, long nowNanos) {
    if (!sequenceHashes.isEmpty()) {
      index.apply(slot, new KvEvent.Removed(sequenceHashes.toLongArray(), Tier.DEVICE), nowNanos);
    }
  }

  /** Forgets everything, and gives the slot back. */
  public void release() {
    placedNanos.clear();
    placedNanos.trim();
    countBytes();
    index.release(slot);
  }

  /** Blocks held. */
  public int blocks() {
    return placedNanos.size();
  }

  private void countBytes() {
    int blocks = placedNanos.size();
    long now = blocks == 0 ? 0 : (long) BYTES_PER_PLACE * HashCommon.arraySize(blocks, LOAD_FACTOR);
    if (now != bytes) {
      index.addSideBytes(now - bytes);
      bytes = now;
    }
  }
}
