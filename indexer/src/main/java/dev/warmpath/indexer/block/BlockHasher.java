package dev.warmpath.indexer.block;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Token blocks to local hashes and sequence hashes, as XXH3-64 over the tokens' little-endian
 * bytes. Immutable; any thread may use it. The recipe is NVIDIA Dynamo's (kv-router protocols), so
 * that hashes can be exchanged with that ecosystem.
 *
 * <p>A block is {@code blockSize} tokens; a partial last block is not a block. With Eagle (or MTP)
 * speculative decoding a block's window is one token wider than the stride between blocks.
 */
public final class BlockHasher {
  /** Bytes of one token on the wire and under the hash: int32, little-endian. */
  public static final int TOKEN_BYTES = Integer.BYTES;

  private static final Hasher64 BASE = Hashing.xxh3_64(BlockSeed.BASE);
  private static final Xxh3 BASE_BLOCKS = new Xxh3(BlockSeed.BASE);
  private static final VarHandle LONG_LE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int blockSize;
  private final int windowTokens;

  /**
   * @param blockSize tokens in a block, at least 1
   * @param eagle whether windows overlap by one token
   */
  public BlockHasher(int blockSize, boolean eagle) {
    if (blockSize < 1) {
      throw new IllegalArgumentException("block size must be at least 1: " + blockSize);
    }
    this.blockSize = blockSize;
    this.windowTokens = eagle ? blockSize + 1 : blockSize;
  }

  /** Tokens in a block. */
  public int blockSize() {
    return blockSize;
  }

  /** Whole blocks in a prompt of {@code tokens} tokens. */
  public int blockCount(int tokens) {
    int beyondStride = windowTokens - blockSize;
    return Math.max(0, tokens - beyondStride) / blockSize;
  }

  /** As {@link #localHashes(byte[], long, MultimodalBlocks, long[])} for plain text. */
  public int localHashes(byte[] tokens, long seed, long[] out) {
    return localHashes(tokens, seed, MultimodalBlocks.NONE, out);
  }

  /**
   * Writes the local hash of every whole block.
   *
   * @param tokens the prompt, {@link #TOKEN_BYTES} bytes a token
   * @param seed from {@link BlockSeed#of}
   * @param multimodal objects by block
   * @param out receives the hashes; at least {@link #blockCount} long
   * @return how many hashes were written
   * @throws IllegalArgumentException if the bytes are no whole number of tokens
   */
  public int localHashes(byte[] tokens, long seed, MultimodalBlocks multimodal, long[] out) {
    if (tokens.length % TOKEN_BYTES != 0) {
      throw new IllegalArgumentException(
          "token bytes must be a multiple of " + TOKEN_BYTES + ": " + tokens.length);
    }
    int blocks = blockCount(tokens.length / TOKEN_BYTES);
    int strideBytes = blockSize * TOKEN_BYTES;
    int windowBytes = windowTokens * TOKEN_BYTES;
    if (multimodal == MultimodalBlocks.NONE && Xxh3.takes(windowBytes)) {
      Xxh3 hasher = seed == BlockSeed.BASE ? BASE_BLOCKS : new Xxh3(seed);
      for (int block = 0; block < blocks; block++) {
        out[block] = hasher.hash(tokens, block * strideBytes, windowBytes);
      }
      return blocks;
    }
    Hasher64 hasher = seed == BlockSeed.BASE ? BASE : Hashing.xxh3_64(seed);
    for (int block = 0; block < blocks; block++) {
      long[] objects = multimodal.in(block);
      out[block] =
          objects.length == 0
              ? hasher.hashBytesToLong(tokens, block * strideBytes, windowBytes)
              : hashWithObjects(hasher, tokens, block * strideBytes, windowBytes, objects);
    }
    return blocks;
  }

  /**
   * Chains local hashes: the first sequence hash is the first local hash, each other one covers the
   * sequence hash before it and its own local hash.
   *
   * @param local local hashes
   * @param count how many of them
   * @param out receives as many sequence hashes; may be {@code local}
   */
  public static void sequenceHashes(long[] local, int count, long[] out) {
    if (count == 0) {
      return;
    }
    long previous = local[0];
    out[0] = previous;
    for (int i = 1; i < count; i++) {
      previous = sequenceHash(previous, local[i]);
      out[i] = previous;
    }
  }

  /** The sequence hash of the block with {@code local} whose parent has {@code previous}. */
  public static long sequenceHash(long previous, long local) {
    return BASE.hashLongLongToLong(previous, local);
  }

  private static long hashWithObjects(
      Hasher64 hasher, byte[] tokens, int offset, int length, long[] sortedObjects) {
    byte[] bytes = new byte[length + sortedObjects.length * Long.BYTES];
    System.arraycopy(tokens, offset, bytes, 0, length);
    for (int i = 0; i < sortedObjects.length; i++) {
      LONG_LE.set(bytes, length + i * Long.BYTES, sortedObjects[i]);
    }
    return hasher.hashBytesToLong(bytes);
  }
}
