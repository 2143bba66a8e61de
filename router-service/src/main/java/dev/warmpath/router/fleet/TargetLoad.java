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
   * What decisions ask of every target lies among the figures. A prompt's blocks belong to the
   * target that generates from them.
   */
  private final SlotFigures figures;
  private final int slot;
  private final PrefillQueue prefillQueue;

  // Guarded by this, as are the figures that it writes; the volatile ones are read without.
  private final ActivePrefixes prefixes = new ActivePrefixes();
  private long blocksOfOne;
  private volatile long growthBlocks;
  private volatile @Nullable UnbookedLoad unbooked;

  /**
   * @param figures receive what it is asked for most
   * @param slot whose load it is
   */
  TargetLoad(SlotFigures figures, int slot) {
    this.figures = figures;
    this.slot = slot;
    this.prefillQueue = new PrefillQueue(figures, slot);
  }

  /** Prompt tokens left to compute, booked and not. */
  long queuedPrefillTokens(long nowNanos) {
    UnbookedLoad beside = unbooked;
    long booked = prefillQueue.remainingTokens(nowNanos);
    return beside == null ? booked : booked + weighed(beside.prefillTokens(), beside, nowNanos);
  }

  /** Reads the load that a decision asks for. */
  void read(long nowNanos, int index, SlotLoads into) {
    into.set(
        index,
        queuedPrefillTokens(nowNanos),
        requests(nowNanos),
        figures.generating(slot),
        activeBlocks(nowNanos));
  }

  void readLessons(int index, SlotLessons into) {
    PrefillLessons lessons = prefillLessons();
    into.set(
        index,
        lessons.prompts(),
        lessons.tokens(),
        lessons.nanos(),
        lessons.inverseTokens(),
        lessons.nanosPerToken());
  }

  /** KV blocks in use, booked and not. */
  long activeBlocks(long nowNanos) {
    UnbookedLoad beside = unbooked;
    long booked = bookedBlocks();
    return beside == null ? booked : booked + weighed(beside.blocks(), beside, nowNanos);
  }

  /** Requests, booked and not. */
  long requests(long nowNanos) {
    UnbookedLoad beside = unbooked;
    long booked = bookedRequests();
    return beside == null ? booked : booked + weighed(beside.requests(), beside, nowNanos);
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
    return figures.activeBlocks(slot);
  }

  long growthBlocks() {
    return growthBlocks;
  }

  long bookedRequests() {
    return figures.requests(slot);
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
    UnbookedLoad beside =
        new UnbookedLoad(
            report,
            Math.max(0, report.requests() - bookedRequests()),
            Math.max(0, report.kvBlocksUsed() - bookedBlocks()),
            Math.max(0, report.queuedPrefillTokens() - prefillQueue.remainingTokens(nowNanos)),
            nowNanos);
    unbooked = beside;
    figures.tellUnbooked(slot, !beside.isNothing());
    return true;
  }

  synchronized int activeBlocks(long[] localHashes, int count) {
    return prefixes.shared(localHashes, count);
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
    figures.tellUnbooked(slot, false);
  }

  /** A request that only computes its prompt here came. */
  synchronized void addPrefill(Load load) {
    figures.addRequests(slot, 1);
    figures.addOutstandingTokens(slot, load.promptTokens());
  }

  /** Undoes {@link #addPrefill}. */
  synchronized void removePrefill(Load load) {
    figures.addRequests(slot, -1);
    figures.addOutstandingTokens(slot, -load.promptTokens());
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
    figures.addRequests(slot, 1);
    figures.addOutstandingTokens(slot, load.promptTokens());
    publishBlocks();
    return end;
  }

  /** The first token of a request that this router booked came. */
  synchronized void startGenerating() {
    figures.addGenerating(slot, 1);
  }

  /** Undoes {@link #startGenerating}. */
  synchronized void stopGenerating() {
    figures.addGenerating(slot, -1);
  }

  /** The output of a request that generates here grew. */
  synchronized void grow(Load load, int fromTokens, int toTokens) {
    blocksOfOne += load.blocks(toTokens) - load.blocks(fromTokens);
    growthBlocks += load.growthBlocks(toTokens) - load.growthBlocks(fromTokens);
    figures.addOutstandingTokens(slot, toTokens - fromTokens);
    publishBlocks();
  }

  /** Undoes {@link #addDecode} and {@link #grow}. */
  synchronized void removeDecode(Load load, Run end, int hashedBlocks, int outputTokens) {
    prefixes.remove(end);
    blocksOfOne -= load.blocks(outputTokens) - hashedBlocks;
    growthBlocks -= load.growthBlocks(outputTokens);
    figures.addRequests(slot, -1);
    figures.addOutstandingTokens(slot, -((long) load.promptTokens() + outputTokens));
    publishBlocks();
  }

  private void publishBlocks() {
    figures.tellActiveBlocks(slot, prefixes.blocks() + blocksOfOne);
  }
}
