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
 * @param preemption whether answers take KV memory as they grow, and the request that was admitted
 *     last is preempted when there is no more; else an answer has its memory from the start
 */
public record RankLimits(
    int slots,
    int stepTokens,
    int promptsPerStep,
    int blockSize,
    int kvBlocks,
    boolean preemption) {
  /** No limit. */
  public static final int UNLIMITED = Integer.MAX_VALUE;

  public RankLimits {
    requireAtLeastOne("slots", slots);
    requireAtLeastOne("stepTokens", stepTokens);
    requireAtLeastOne("promptsPerStep", promptsPerStep);
    requireAtLeastOne("blockSize", blockSize);
    requireAtLeastOne("kvBlocks", kvBlocks);
  }

  /** Limits without preemption. */
  public RankLimits(int slots, int stepTokens, int promptsPerStep, int blockSize, int kvBlocks) {
    this(slots, stepTokens, promptsPerStep, blockSize, kvBlocks, false);
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

  /** Blocks that a request needs to be admitted. */
  long blocksFor(Job job) {
    return preemption
        ? blocks(job.knownTokens())
        : blocks((long) job.prompt().tokens() + job.outputTokens());
  }

  /** Blocks of a sequence, the last one in part. */
  long blocks(long tokens) {
    return Math.ceilDiv(tokens, (long) blockSize);
  }

  /** The same with another number of slots. */
  public RankLimits withSlots(int other) {
    return new RankLimits(other, stepTokens, promptsPerStep, blockSize, kvBlocks, preemption);
  }

  /** The same with other KV memory. */
  public RankLimits withKvBlocks(int other) {
    return new RankLimits(slots, stepTokens, promptsPerStep, blockSize, other, preemption);
  }
}
