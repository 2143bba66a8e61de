package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.Prompt;
import it.unimi.dsi.fastutil.longs.LongArrayList;

/**
 * Cuts prompts that a trace tells in blocks of its size into blocks of an engine's size.
 *
 * @param traceTokens tokens in a block of the trace, at least 1
 * @param engineTokens tokens in a block of the engine, at least 1
 */
public record TraceBlocks(int traceTokens, int engineTokens) {
  /*
   * Two prompts share an engine block exactly when they share the trace block that its last token
   * is in: that one's id stands for everything before it, and for nothing less. Of a prompt whose
   * last trace block is partial, engine blocks of the same size count it as a block, as the trace
   * does; of other sizes, only whole blocks count.
   */
  public TraceBlocks {
    if (traceTokens < 1 || engineTokens < 1) {
      throw new IllegalArgumentException(
          "must be at least 1: traceTokens %d, engineTokens %d"
              .formatted(traceTokens, engineTokens));
    }
  }

  /** A prompt whose trace blocks have ids. */
  Prompt prompt(int tokens, LongArrayList ids, long idSpace) {
    int blocks = traceTokens == engineTokens ? ids.size() : tokens / engineTokens;
    long[] localHashes = new long[blocks];
    for (int block = 0; block < blocks; block++) {
      long lastToken = Math.min(tokens, (block + 1L) * engineTokens) - 1;
      long id = ids.getLong((int) (lastToken / traceTokens));
      localHashes[block] = Prompt.hashOfId(id, idSpace, block);
    }
    return new Prompt(tokens, localHashes);
  }
}
