package dev.warmpath.indexer.index;

import dev.warmpath.indexer.block.BlockHasher;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;

/**
 * Sequence hashes of blocks in runs. Neither an event nor a match needs any, so runs do not keep
 * them: this computes those that are asked for, and those before them, each once. Good until the
 * next event. The writer thread only.
 */
final class SequenceHashes {
  private final RunTree tree;
  private final Int2ObjectOpenHashMap<Chain> chains = new Int2ObjectOpenHashMap<>();

  /** The sequence hashes of the first blocks of a run. */
  private static final class Chain {
    private long[] hashes = new long[16];
    private int known;
  }

  SequenceHashes(RunTree tree) {
    this.tree = tree;
  }

  /** The sequence hash of the block at a place. */
  long of(long place) {
    // Upwards to the first run of which something is known, or to the first block of the prompt.
    LongArrayList path = new LongArrayList();
    long next = place;
    while (next != 0 && chain(next).known <= RunTree.offset(next)) {
      path.add(next);
      next = chain(next).known > 0 ? 0 : beforeRun(next);
    }
    for (int i = path.size() - 1; i >= 0; i--) {
      extendTo(path.getLong(i));
    }
    return known(place);
  }

  /** The place before the first block of a place's run; 0 when that begins a prompt. */
  private long beforeRun(long place) {
    return tree.parent(RunTree.place(tree.run(place), 0));
  }

  private Chain chain(long place) {
    return chains.computeIfAbsent(tree.run(place).id, _ -> new Chain());
  }

  private long known(long place) {
    return chain(place).hashes[RunTree.offset(place)];
  }

  /** Computes up to a place; what its run continues is known. */
  private void extendTo(long place) {
    Run run = tree.run(place);
    Chain chain = chain(place);
    int end = RunTree.offset(place) + 1;
    if (end > chain.hashes.length) {
      int atMost = Math.min(run.length(), 2 * chain.hashes.length);
      chain.hashes = Arrays.copyOf(chain.hashes, Math.max(end, atMost));
    }
    int from = Math.max(chain.known, 1);
    long before = beforeRun(place);
    if (chain.known == 0) {
      long first = run.firstLocalHash;
      chain.hashes[0] = before == 0 ? first : BlockHasher.sequenceHash(known(before), first);
    }
    for (int i = from; i < end; i++) {
      chain.hashes[i] = BlockHasher.sequenceHash(chain.hashes[i - 1], run.localHash(i));
    }
    chain.known = end;
  }
}
