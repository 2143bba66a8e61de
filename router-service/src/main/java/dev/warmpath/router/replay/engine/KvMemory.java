package dev.warmpath.router.replay.engine;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.HashSet;
import java.util.Set;

/**
 * The KV memory of one rank, as far as the requests in work take it. A request takes its prompt and
 * its whole answer from start to end. With a prefix cache a full block of a prompt is taken once,
 * however many requests have it. One thread.
 */
final class KvMemory {
  /*
   * Most of the time there is room even if nobody shared a block. Blocks are counted only from when
   * there is not, until half of the memory would be enough.
   *
   * Whoever has a block has all blocks before it. So how many of a prompt's blocks are taken is
   * found by halving: somebody who waits asks before every step.
   */
  private final RankLimits limits;
  private final boolean shares;
  private final Set<Job> inWork = new HashSet<>();

  /** What all in work would take if they shared nothing. */
  private long apartBlocks;

  private boolean counting;

  /** While counting, how many in work have a block, by its sequence hash. */
  private final Long2IntOpenHashMap users = new Long2IntOpenHashMap();

  /** While counting, what sharing saves. */
  private long savedBlocks;

  /**
   * Memory that nobody uses.
   *
   * @param shares whether requests have the blocks of a common prefix together
   */
  KvMemory(RankLimits limits, boolean shares) {
    this.limits = limits;
    this.shares = shares;
  }

  /** Whether what a request needs beside the others' is free. */
  boolean hasRoomFor(Job job) {
    long apart = apartBlocks + limits.blocksFor(job);
    if (apart <= limits.kvBlocks() || !shares) {
      return apart <= limits.kvBlocks();
    }
    if (!counting) {
      counting = true;
      inWork.forEach(this::count);
    }
    return apart - savedBlocks - sharedBlocks(job) <= limits.kvBlocks();
  }

  /** A request comes into work, whether there is room or not. */
  void take(Job job) {
    apartBlocks += limits.blocksFor(job);
    inWork.add(job);
    if (counting) {
      count(job);
    }
  }

  /** A request that {@linkplain #take took} memory leaves. */
  void giveBack(Job job) {
    apartBlocks -= limits.blocksFor(job);
    inWork.remove(job);
    if (counting && apartBlocks <= limits.kvBlocks() / 2) {
      stopCounting();
    } else if (counting) {
      discount(job);
    }
  }

  /** Everybody has left. */
  void clear() {
    apartBlocks = 0;
    inWork.clear();
    stopCounting();
  }

  private void stopCounting() {
    counting = false;
    users.clear();
    savedBlocks = 0;
  }

  private void count(Job job) {
    long[] hashes = job.prompt().sequenceHashes();
    int full = fullBlocks(job);
    for (int i = 0; i < full; i++) {
      if (users.addTo(hashes[i], 1) > 0) {
        savedBlocks++;
      }
    }
  }

  private void discount(Job job) {
    long[] hashes = job.prompt().sequenceHashes();
    int full = fullBlocks(job);
    for (int i = 0; i < full; i++) {
      if (users.addTo(hashes[i], -1) > 1) {
        savedBlocks--;
      } else {
        users.remove(hashes[i]);
      }
    }
  }

  /** Leading blocks of a prompt that somebody in work has. */
  private int sharedBlocks(Job job) {
    long[] hashes = job.prompt().sequenceHashes();
    int low = 0;
    int high = fullBlocks(job);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (users.containsKey(hashes[middle])) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** An answer goes on in the block that its prompt does not fill, so that one is its own. */
  private int fullBlocks(Job job) {
    return Math.min(job.prompt().blocks(), job.prompt().tokens() / limits.blockSize());
  }
}
