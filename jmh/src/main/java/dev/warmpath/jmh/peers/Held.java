package dev.warmpath.jmh.peers;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.util.BitSet;

/**
 * Which worker holds which block, literally: the judge of every score. One thread.
 *
 * <p>A corpus means sets: a block that is stored again is told again, and one removal ends it. An
 * index that counts copies takes the second store for a second copy; judged {@link #byCopies}, one
 * removal leaves that copy behind.
 */
final class Held {
  private final Corpus corpus;
  private final boolean countsCopies;
  private final BitSet[] blocks;

  /** Copies of a block beyond the first, of the blocks that have such. */
  private final Int2IntOpenHashMap[] moreCopies;

  private Held(Corpus corpus, boolean countsCopies) {
    this.corpus = corpus;
    this.countsCopies = countsCopies;
    blocks = new BitSet[corpus.workers()];
    moreCopies = new Int2IntOpenHashMap[corpus.workers()];
    for (int worker = 0; worker < blocks.length; worker++) {
      blocks[worker] = new BitSet(corpus.local().length);
      moreCopies[worker] = new Int2IntOpenHashMap();
    }
  }

  static Held bySets(Corpus corpus) {
    return new Held(corpus, false);
  }

  static Held byCopies(Corpus corpus) {
    return new Held(corpus, true);
  }

  /** Takes a store or removal in. */
  void apply(int op) {
    int worker = corpus.worker()[op];
    for (int i = 0; i < corpus.count()[op]; i++) {
      if (corpus.kind()[op] == Corpus.STORED) {
        store(worker, corpus.block(op, i));
      } else {
        remove(worker, corpus.block(op, i));
      }
    }
  }

  private void store(int worker, int block) {
    if (countsCopies && blocks[worker].get(block)) {
      moreCopies[worker].addTo(block, 1);
    }
    blocks[worker].set(block);
  }

  private void remove(int worker, int block) {
    if (moreCopies[worker].get(block) > 0) {
      moreCopies[worker].addTo(block, -1);
    } else {
      blocks[worker].clear(block);
    }
  }

  /** The longest prefix of a query whose blocks the worker holds. */
  int score(int worker, int query) {
    int score = 0;
    while (score < corpus.count()[query] && blocks[worker].get(corpus.block(query, score))) {
      score++;
    }
    return score;
  }

  /** Blocks held, summed over the workers. */
  long resident() {
    long resident = 0;
    for (BitSet mine : blocks) {
      resident += mine.cardinality();
    }
    return resident;
  }
}
