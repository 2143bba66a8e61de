package dev.warmpath.router.fleet;

import dev.warmpath.router.fleet.ActivePrefixes.Run;
import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;
import org.jspecify.annotations.Nullable;

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
  private volatile @Nullable UnbookedLoad unbooked;

  /** Prompt tokens left to compute, booked and not. */
  long queuedPrefillTokens(long nowNanos) {
    UnbookedLoad beside = unbooked;
    long booked = prefillQueue.remainingTokens(nowNanos);
    return beside == null ? booked : booked + weighed(beside.prefillTokens(), beside, nowNanos);
  }

  /** KV blocks in use, booked and not. */
  long activeBlocks(long nowNanos) {
    UnbookedLoad beside = unbooked;
    return beside == null
        ? activeBlocks
        : activeBlocks + weighed(beside.blocks(), beside, nowNanos);
  }

  /** Requests, booked and not. */
  long requests(long nowNanos) {
    UnbookedLoad beside = unbooked;
    return beside == null ? requests : requests + weighed(beside.requests(), beside, nowNanos);
  }

  private static long weighed(long amount, UnbookedLoad load, long nowNanos) {
    return amount == 0 ? 0 : Math.round(amount * load.weight(nowNanos));
  }

  double prefillNanosPerToken() {
    return prefillQueue.nanosPerToken();
  }

  PrefillLessons prefillLessons() {
    return prefillQueue.lessons();
  }

  long bookedBlocks() {
    return activeBlocks;
  }

  long growthBlocks() {
    return growthBlocks;
  }

  long bookedRequests() {
    return requests;
  }

  long outstandingTokens() {
    return outstandingTokens;
  }

  /** The last report that is not over; null for none. */
  @Nullable UnbookedLoad unbooked(long nowNanos) {
    UnbookedLoad beside = unbooked;
    return beside == null || beside.isOver(nowNanos) ? null : beside;
  }

  /** Takes a worker's report in. Returns false when a later one came before. */
  synchronized boolean report(LoadReport report, long nowNanos) {
    UnbookedLoad last = unbooked(nowNanos);
    if (last != null && report.sentNanos() <= last.report().sentNanos()) {
      return false;
    }
    unbooked =
        new UnbookedLoad(
            report,
            Math.max(0, report.requests() - requests),
            Math.max(0, report.kvBlocksUsed() - activeBlocks),
            Math.max(0, report.queuedPrefillTokens() - prefillQueue.remainingTokens(nowNanos)),
            nowNanos);
    return true;
  }

  synchronized int activePrompts() {
    return prefixes.prompts();
  }

  QueuedPrompt queuePrompt(int tokens, long nowNanos) {
    return prefillQueue.add(tokens, nowNanos);
  }

  /** Forgets what was learnt of the target and what it said: the slot may come to name another. */
  synchronized void forgetTarget() {
    prefillQueue.forgetPace();
    unbooked = null;
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
