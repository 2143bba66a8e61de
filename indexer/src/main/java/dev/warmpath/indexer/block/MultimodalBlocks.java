package dev.warmpath.indexer.block;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongArrays;
import java.util.Arrays;

/**
 * Which multimodal objects touch which block of a prompt. Filled by one thread, then only read. An
 * object counts in every block that its tokens touch; where in the block it lies does not matter.
 */
public final class MultimodalBlocks {
  /** Plain text. Never changed. */
  public static final MultimodalBlocks NONE = new MultimodalBlocks();

  private static final long[] NO_OBJECTS = {};

  private final Int2ObjectOpenHashMap<long[]> objectsByBlock = new Int2ObjectOpenHashMap<>();

  /** Names an object in one block. */
  public MultimodalBlocks add(int block, long objectHash) {
    return addAll(block, new long[] {objectHash});
  }

  /** Names objects in one block; cheaper than one after the other. */
  public MultimodalBlocks addAll(int block, long[] objectHashes) {
    if (this == NONE) {
      throw new IllegalStateException("NONE is shared and cannot take objects");
    }
    long[] before = in(block);
    long[] after = Arrays.copyOf(before, before.length + objectHashes.length);
    System.arraycopy(objectHashes, 0, after, before.length, objectHashes.length);
    LongArrays.quickSort(after, Long::compareUnsigned);
    objectsByBlock.put(block, after);
    return this;
  }

  /**
   * Names an object in every block that its tokens touch.
   *
   * @throws IllegalArgumentException if the range starts before the prompt, has no tokens, or ends
   *     beyond the longest possible prompt
   */
  public MultimodalBlocks addRange(int firstToken, int tokenCount, int blockSize, long objectHash) {
    if (firstToken < 0 || tokenCount < 1 || firstToken > Integer.MAX_VALUE - tokenCount) {
      throw new IllegalArgumentException(
          "no token range: %d tokens from token %d".formatted(tokenCount, firstToken));
    }
    int last = (firstToken + tokenCount - 1) / blockSize;
    for (int block = firstToken / blockSize; block <= last; block++) {
      add(block, objectHash);
    }
    return this;
  }

  /** The hashes of the objects in a block, ascending as unsigned numbers. Not to be changed. */
  long[] in(int block) {
    long[] objects = objectsByBlock.get(block);
    return objects == null ? NO_OBJECTS : objects;
  }
}
