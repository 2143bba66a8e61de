package dev.warmpath.router.replay.engine;

/**
 * What a rank can have in work.
 *
 * @param slots requests at once, in prefill and decode
 * @param stepTokens tokens that a step takes at most: sequences that decode first, then prompts in
 *     chunks; {@link #UNLIMITED} for whole prompts
 * @param promptsPerStep prompts that a step may work on
 * @param blockSize tokens in a KV block
 * @param kvBlocks blocks of KV memory
 */
public record RankLimits(
    int slots, int stepTokens, int promptsPerStep, int blockSize, int kvBlocks) {
  /** No limit. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  public RankLimits {
    requireAtLeastOne("slots", slots);
    requireAtLeastOne("stepTokens", stepTokens);
    requireAtLeastOne("promptsPerStep", promptsPerStep);
    requireAtLeastOne("blockSize", blockSize);
    requireAtLeastOne("kvBlocks", kvBlocks);
  }

  private static void requireAtLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1: " + value);
    }
  }

  /** Tokens that the KV memory holds. */
  long kvTokens() {
    return (long) kvBlocks * blockSize;
  }

  /** Blocks that a request needs from its start to its end. */
  long blocksFor(Job job) {
    return Math.ceilDiv((long) job.prompt().tokens() + job.outputTokens(), (long) blockSize);
  }

  /** The same with another number of slots. */
  public RankLimits withSlots(int other) {
    return new RankLimits(other, stepTokens, promptsPerStep, blockSize, kvBlocks);
  }

  /** The same with other KV memory. */
  public RankLimits withKvBlocks(int other) {
    return new RankLimits(slots, stepTokens, promptsPerStep, blockSize, other);
  }
}
