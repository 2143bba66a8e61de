package dev.warmpath.jmh.peers;

import java.util.BitSet;

/**
 * Which worker holds which block, literally: the judge of every score. A block that is stored again
 * is only told again, and one removal ends it. One thread.
 */
final class Held {
  private final Corpus corpus;
  private final BitSet[] blocks;

  Held(Corpus corpus) {
    this.corpus = corpus;
    blocks = new BitSet[corpus.workers()];
    for (int worker = 0; worker < blocks.length; worker++) {
      blocks[worker] = new BitSet(corpus.local().length);
    }
  }

  /** Takes a store or removal in. */
  void apply(int op) {
    boolean stored = corpus.kind()[op] == Corpus.STORED;
    for (int i = 0; i < corpus.count()[op]; i++) {
      blocks[corpus.worker()[op]].set(corpus.block(op, i), stored);
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
