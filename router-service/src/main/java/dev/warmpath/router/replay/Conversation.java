package dev.warmpath.router.replay;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.function.LongSupplier;

/**
 * A conversation that grows by messages and answers. Whole blocks keep their ids from turn to turn;
 * a partial last block gets a new id once more tokens are in it. One thread.
 */
final class Conversation {
  private final int blockSize;
  private final LongSupplier ids;
  private final LongArrayList blocks;
  private int tokens;

  /**
   * @param prefix ids of whole blocks that it starts with
   * @param ids hands out the ids of new blocks
   */
  Conversation(LongArrayList prefix, int blockSize, LongSupplier ids) {
    this.blockSize = blockSize;
    this.ids = ids;
    this.blocks = new LongArrayList(prefix);
    this.tokens = prefix.size() * blockSize;
  }

  /** Tokens so far. */
  int tokens() {
    return tokens;
  }

  /** Appends a message and returns the ids of the prompt that it makes. */
  long[] ask(int messageTokens) {
    tokens += messageTokens;
    int needed = Math.ceilDiv(tokens, blockSize);
    while (blocks.size() < needed) {
      blocks.add(ids.getAsLong());
    }
    long[] prompt = blocks.toLongArray();
    blocks.size(tokens / blockSize);
    return prompt;
  }

  /** Appends an answer. */
  void answer(int outputTokens) {
    tokens += outputTokens;
  }
}
