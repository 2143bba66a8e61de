package dev.warmpath.jmh.peers;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntList;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.ByteArrayOutputStream;
import java.util.stream.IntStream;

/**
 * Operations on the caches of several workers: what they store and remove, and the prompts that are
 * looked up in between. Blocks are numbers; {@code local} and {@code engine} have their hashes.
 *
 * @param options the numbers in the head of the file
 * @param local local hash of each block
 * @param engine engine hash of each block
 * @param indices block numbers of all operations, one operation's after the other's
 * @param kind of each operation: {@link #QUERY}, {@link #STORED} or {@link #REMOVED}
 * @param worker of each operation
 * @param parent block before the first one of a store, or {@link #NO_BLOCK}
 * @param count how many blocks an operation has
 * @param first where its blocks start in {@code indices}
 */
record Corpus(
    Options options,
    long[] local,
    long[] engine,
    int[] indices,
    byte[] kind,
    int[] worker,
    int[] parent,
    int[] count,
    int[] first) {
  static final byte QUERY = 0;
  static final byte STORED = 1;
  static final byte REMOVED = 2;
  static final int NO_BLOCK = -1;

  /**
   * How a corpus was made.
   *
   * @param workers how many workers there are
   * @param capacity blocks that fit into the cache of each
   * @param copies how often each request of the trace comes, each time with other blocks
   * @param flags bit 0: evicts heads first; bits 1 to 10: permille of random victims; bit 16:
   *     stores only what is missing
   */
  record Options(int workers, int capacity, int copies, int flags) {}

  int ops() {
    return kind.length;
  }

  int workers() {
    return options.workers;
  }

  boolean isQuery(int op) {
    return kind[op] == QUERY;
  }

  int queries() {
    return (int) IntStream.range(0, ops()).filter(this::isQuery).count();
  }

  /** Block number {@code i} of an operation. */
  int block(int op, int i) {
    return indices[first[op] + i];
  }

  long[] localHashes(int op) {
    return hashes(local, op);
  }

  private long[] hashes(long[] of, int op) {
    long[] hashes = new long[count[op]];
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = of[block(op, i)];
    }
    return hashes;
  }

  /** A store or removal, as a worker would tell it. */
  KvEvent event(int op) {
    long[] engineHashes = hashes(engine, op);
    if (kind[op] == REMOVED) {
      return new KvEvent.Removed(engineHashes, Tier.DEVICE);
    }
    return parent[op] == NO_BLOCK
        ? KvEvent.Stored.root(engineHashes, localHashes(op), Tier.DEVICE)
        : KvEvent.Stored.after(engine[parent[op]], engineHashes, localHashes(op), Tier.DEVICE);
  }

  /** Collects the operations of a corpus. */
  static final class Builder {
    private final LongArrayList local = new LongArrayList();
    private final LongArrayList engine = new LongArrayList();
    private final IntArrayList indices = new IntArrayList();
    private final ByteArrayOutputStream kind = new ByteArrayOutputStream();
    private final IntArrayList worker = new IntArrayList();
    private final IntArrayList parent = new IntArrayList();
    private final IntArrayList count = new IntArrayList();
    private final IntArrayList first = new IntArrayList();

    /** Adds a block and returns its number. */
    int block(long localHash, long engineHash) {
      local.add(localHash);
      engine.add(engineHash);
      return local.size() - 1;
    }

    void query(int worker, IntList path) {
      add(QUERY, worker, NO_BLOCK, path);
    }

    void stored(int worker, int parent, IntList blocks) {
      add(STORED, worker, parent, blocks);
    }

    void removed(int worker, IntList blocks) {
      add(REMOVED, worker, NO_BLOCK, blocks);
    }

    private void add(byte kind, int worker, int parent, IntList blocks) {
      this.kind.write(kind);
      this.worker.add(worker);
      this.parent.add(parent);
      count.add(blocks.size());
      first.add(indices.size());
      indices.addAll(blocks);
    }

    Corpus build(Options options) {
      return new Corpus(
          options,
          local.toLongArray(),
          engine.toLongArray(),
          indices.toIntArray(),
          kind.toByteArray(),
          worker.toIntArray(),
          parent.toIntArray(),
          count.toIntArray(),
          first.toIntArray());
    }
  }
}
