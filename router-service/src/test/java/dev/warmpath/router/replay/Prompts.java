package dev.warmpath.router.replay;

import java.util.random.RandomGenerator;

/** Prompts for tests. */
final class Prompts {
  static final int BLOCK_SIZE = 10;

  private Prompts() {}

  /** A prompt of whole blocks. */
  static Prompt of(long... localHashes) {
    return new Prompt(localHashes.length * BLOCK_SIZE, localHashes);
  }

  /** A path in a tree with two children a node: many prompts share many prefixes. */
  static Prompt random(RandomGenerator random, int maxBlocks) {
    long[] localHashes = new long[1 + random.nextInt(maxBlocks)];
    for (int i = 0; i < localHashes.length; i++) {
      localHashes[i] = random.nextLong(1, 3);
    }
    return of(localHashes);
  }
}
