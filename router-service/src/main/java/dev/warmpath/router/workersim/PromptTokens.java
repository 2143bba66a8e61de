package dev.warmpath.router.workersim;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.warmpath.router.replay.Prompt;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Invents the token ids of a trace's prompts: equal blocks get equal tokens, so that engines find
 * the sharing that the trace describes.
 */
public final class PromptTokens {
  private PromptTokens() {}

  /**
   * The prompt as int32 little-endian.
   *
   * @param blockSize tokens in a block of the trace
   */
  public static ByteString of(Prompt prompt, int blockSize) {
    ByteBuffer bytes =
        ByteBuffer.allocate(prompt.tokens() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int token = 0; token < prompt.tokens(); token++) {
      int block = Math.min(token / blockSize, prompt.blocks() - 1);
      bytes.putInt(token(prompt.localHashes()[block], token - block * blockSize));
    }
    return UnsafeByteOperations.unsafeWrap(bytes.array());
  }

  /** Some token id from 0 to 2^31 - 1, by SplitMix64's increment and a shortened finaliser. */
  private static int token(long blockHash, int offset) {
    long z = blockHash + offset * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    return (int) (z >>> 33);
  }
}
