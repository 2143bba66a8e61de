package dev.warmpath.router.fleet;

/**
 * What a decision adds to its targets.
 *
 * @param prefillSlot the target that computes the prompt
 * @param decodeSlot the target that generates; the same for aggregated workers
 * @param promptTokens tokens in the prompt
 * @param prefillTokens of them, those that are not cached on the prefill target
 * @param blockSize tokens in a block
 * @param expectedOutputTokens tokens that the request will generate, as its caller expects; 0 when
 *     unknown
 */
public record Load(
    int prefillSlot,
    int decodeSlot,
    int promptTokens,
    int prefillTokens,
    int blockSize,
    int expectedOutputTokens) {

  /** A load whose output is not known. */
  public Load(int prefillSlot, int decodeSlot, int promptTokens, int prefillTokens, int blockSize) {
    this(prefillSlot, decodeSlot, promptTokens, prefillTokens, blockSize, 0);
  }

  /** Blocks that the prompt and {@code outputTokens} more tokens fill, the last one in part. */
  long blocks(int outputTokens) {
    return Math.ceilDiv((long) promptTokens + outputTokens, blockSize);
  }

  /** Blocks that the output is expected to fill beyond those of {@code outputTokens}. */
  long growthBlocks(int outputTokens) {
    return blocks(Math.max(outputTokens, expectedOutputTokens)) - blocks(outputTokens);
  }
}
