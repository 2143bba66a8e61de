package dev.warmpath.router.replay;

import dev.warmpath.indexer.block.BlockHasher;

/** A prompt as caches see it: its length and the hashes of its blocks. Immutable; any thread. */
public final class Prompt {
  private final int tokens;
  private final long[] localHashes;
  private final long[] sequenceHashes;

  /**
   * @param tokens length of the prompt, at least 1
   * @param localHashes of the blocks that can be cached; handed over, not to be changed afterwards
   */
  public Prompt(int tokens, long[] localHashes) {
    if (tokens < 1) {
      throw new IllegalArgumentException("tokens must be at least 1: " + tokens);
    }
    this.tokens = tokens;
    this.localHashes = localHashes;
    this.sequenceHashes = new long[localHashes.length];
    BlockHasher.sequenceHashes(localHashes, localHashes.length, sequenceHashes);
  }

  /**
   * A prompt whose blocks have ids in place of hashes.
   *
   * @param idSpace equal ids stand for equal blocks only within one space
   */
  static Prompt ofIds(int tokens, long[] ids, long idSpace) {
    long[] localHashes = new long[ids.length];
    for (int i = 0; i < ids.length; i++) {
      localHashes[i] = hashOfId(ids[i], idSpace, i);
    }
    return new Prompt(tokens, localHashes);
  }

  /**
   * Stands for the tokens of a block that a trace knows by an id.
   *
   * @param idSpace equal ids stand for equal blocks only within one space
   * @param block its number in the prompt
   */
  public static long hashOfId(long id, long idSpace, int block) {
    return Mix64.mix(Mix64.mix(id + idSpace * Mix64.GOLDEN_GAMMA) + block);
  }

  /** Length in tokens. */
  public int tokens() {
    return tokens;
  }

  /** Blocks that can be cached. */
  public int blocks() {
    return localHashes.length;
  }

  /** Hash of each block's tokens; not to be changed. */
  public long[] localHashes() {
    return localHashes;
  }

  /** Hash of each block and all before it; not to be changed. */
  public long[] sequenceHashes() {
    return sequenceHashes;
  }

  /** Tokens in the first {@code blocks} blocks; the last block of a prompt may be partial. */
  public int tokensIn(int blocks, int blockSize) {
    return (int) Math.min(tokens, (long) blocks * blockSize);
  }
}
