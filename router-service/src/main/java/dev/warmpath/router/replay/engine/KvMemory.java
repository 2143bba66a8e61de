package dev.warmpath.router.replay.engine;

import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import java.util.Arrays;
import java.util.LinkedHashSet;

/**
 * The KV memory of one rank, as far as the requests in work take it. A request takes its prompt and
 * its whole answer from start to end, or, with {@linkplain RankLimits#preemption preemption}, as
 * much of its answer as is there. With a prefix cache a full block of a prompt is taken once,
 * however many requests have it. One thread.
 */
final class KvMemory {
  /*
   * Most of the time there is room even if nobody shared a block. Blocks are counted only from when
   * there is not, until half of the memory would be enough.
   *
   * Whoever has a block has all blocks before it. So how many of a prompt's blocks are taken is
   * found by halving: somebody who waits asks before every step.
   *
   * A sequence that decodes takes a further block each time its context is a multiple of the block
   * size. At which steps that is, modulo the block size, is settled when it starts to decode. So
   * how much all of them take in a step is known from how many do at each remainder.
   */
  private final RankLimits limits;
  private final boolean shares;

  /** The one that came last at the end. */
  private final LinkedHashSet<Job> inWork = new LinkedHashSet<>();

  /** By step modulo the block size, how many take a block at its end; empty: nobody grows. */
  private final int[] growing;

  private int growers;

  /** What all in work take, or would if they shared nothing. */
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
    this.growing = new int[limits.preemption() ? limits.blockSize() : 0];
  }

  /** Whether what a request needs beside the others' is free. */
  boolean hasRoomFor(Job job) {
    long apart = apartBlocks + limits.blocksFor(job);
    if (apart <= limits.kvBlocks() || !shares) {
      return apart <= limits.kvBlocks();
    }
    return apart - sharedByNow() - sharedBlocks(job) <= limits.kvBlocks();
  }

  /** Whether it holds what those in work take now. */
  boolean isEnough() {
    return apartBlocks <= limits.kvBlocks()
        || (shares && apartBlocks - sharedByNow() <= limits.kvBlocks());
  }

  /** What sharing saves; counted from now on. */
  private long sharedByNow() {
    if (!counting) {
      counting = true;
      inWork.forEach(this::count);
    }
    return savedBlocks;
  }

  /** The one in work that came last; there must be one. */
  Job lastTaken() {
    return inWork.getLast();
  }

  /** A request comes into work, whether there is room or not. */
  void take(Job job) {
    apartBlocks += limits.blocksFor(job);
    inWork.add(job);
    if (counting) {
      count(job);
    }
  }

  /** A request in work {@linkplain Job#join starts} to decode. */
  void decodes(Job job) {
    if (growing.length > 0) {
      apartBlocks += limits.blocks(job.joinContext()) - limits.blocksFor(job);
      growing[growsAt(job)]++;
      growers++;
      job.grows(true);
    }
  }

  /** Where in {@link #growing} it is counted. */
  private int growsAt(Job job) {
    return (int) Math.floorMod(job.joinStep() - job.joinContext(), (long) growing.length);
  }

  /** Those that decode go some steps on. */
  void grow(long fromStep, long steps) {
    apartBlocks += growth(fromStep, steps);
  }

  private long growth(long fromStep, long steps) {
    if (growers == 0) {
      return 0;
    }
    long blocks = steps / growing.length * growers;
    for (long i = 0; i < steps % growing.length; i++) {
      blocks += growingAt(fromStep + i);
    }
    return blocks;
  }

  private int growingAt(long step) {
    return growing[(int) (step % growing.length)];
  }

  /**
   * Steps that those who decode can start before they need more than there is, at least one.
   *
   * @param most returned when they can start as many
   */
  long stepsInRoom(long fromStep, long most) {
    if (growers == 0) {
      return most;
    }
    long room = limits.kvBlocks() - apartBlocks;
    if (growth(fromStep, most - 1) <= room) {
      return most;
    }
    if (shares) {
      room += sharedByNow();
    }
    long steps = 1;
    long taken = growingAt(fromStep);
    while (steps < most && taken <= room) {
      taken += growingAt(fromStep + steps);
      steps++;
    }
    return steps;
  }

  /** A request that {@linkplain #take took} memory leaves. */
  void giveBack(Job job, long step) {
    if (job.grows()) {
      apartBlocks -= limits.blocks(job.contextAt(step));
      growing[growsAt(job)]--;
      growers--;
      job.grows(false);
    } else {
      apartBlocks -= limits.blocksFor(job);
    }
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
    Arrays.fill(growing, 0);
    growers = 0;
    inWork.forEach(job -> job.grows(false));
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
