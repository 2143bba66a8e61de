package dev.warmpath.router.fleet;

import dev.warmpath.router.fleet.ActivePrefixes.Run;
import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;

/**
 * What is booked on one slot. Any thread may change and read it; reading takes no lock, and figures
 * that are read one after the other may belong to different moments.
 */
final class TargetLoad {
  /*
   * One object a slot, so that slots which are written by different threads do not share a cache
   * line. A prompt's blocks belong to the target that generates from them.
   */
  private final PrefillQueue prefillQueue = new PrefillQueue();

  // Guarded by this; the volatile ones are read without.
  private final ActivePrefixes prefixes = new ActivePrefixes();
  private long blocksOfOne;
  private volatile long activeBlocks;
  private volatile long growthBlocks;
  private volatile long requests;
  private volatile long outstandingTokens;

  long queuedPrefillTokens(long nowNanos) {
    return prefillQueue.remainingTokens(nowNanos);
  }

  double prefillNanosPerToken() {
    return prefillQueue.nanosPerToken();
  }

  long activeBlocks() {
    return activeBlocks;
  }

  long growthBlocks() {
    return growthBlocks;
  }

  long requests() {
    return requests;
  }

  long outstandingTokens() {
    return outstandingTokens;
  }

  synchronized int activePrompts() {
    return prefixes.prompts();
  }

  QueuedPrompt queuePrompt(int tokens, long nowNanos) {
    return prefillQueue.add(tokens, nowNanos);
  }

  void forgetPace() {
    prefillQueue.forgetPace();
  }

  /** A request that only computes its prompt here came. */
  synchronized void addPrefill(Load load) {
    requests++;
    outstandingTokens += load.promptTokens();
  }

  /** Undoes {@link #addPrefill}. */
  synchronized void removePrefill(Load load) {
    requests--;
    outstandingTokens -= load.promptTokens();
  }

  /**
   * A request that generates here came.
   *
   * @param localHashes of the prompt's leading blocks
   * @param hashedBlocks how many of them; the blocks behind them are shared with nobody
   * @return where its prompt ends among the active ones
   */
  synchronized Run addDecode(Load load, long[] localHashes, int hashedBlocks) {
    Run end = prefixes.add(localHashes, hashedBlocks);
    blocksOfOne += load.blocks(0) - hashedBlocks;
    growthBlocks += load.growthBlocks(0);
    requests++;
    outstandingTokens += load.promptTokens();
    publishBlocks();
    return end;
  }

  /** The output of a request that generates here grew. */
  synchronized void grow(Load load, int fromTokens, int toTokens) {
    blocksOfOne += load.blocks(toTokens) - load.blocks(fromTokens);
    growthBlocks += load.growthBlocks(toTokens) - load.growthBlocks(fromTokens);
    outstandingTokens += toTokens - fromTokens;
    publishBlocks();
  }

  /** Undoes {@link #addDecode} and {@link #grow}. */
  synchronized void removeDecode(Load load, Run end, int hashedBlocks, int outputTokens) {
    prefixes.remove(end);
    blocksOfOne -= load.blocks(outputTokens) - hashedBlocks;
    growthBlocks -= load.growthBlocks(outputTokens);
    requests--;
    outstandingTokens -= (long) load.promptTokens() + outputTokens;
    publishBlocks();
  }

  private void publishBlocks() {
    activeBlocks = prefixes.blocks() + blocksOfOne;
  }
}
