package dev.warmpath.router.fleet;

import dev.warmpath.router.fleet.ActivePrefixes.Run;
import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;

/** One open booking. Any thread; its own monitor guards what changes, and it ends once. */
final class Booking {
  private final long id;
  private final Load load;
  private final TargetLoad prefillTarget;
  private final TargetLoad decodeTarget;
  private final long lifeNanos;
  private final QueuedPrompt prompt;
  private final int hashedBlocks;
  private final Run promptEnd;
  private boolean prefillDone;
  private boolean ended;
  private int outputTokens;
  private long endOfLifeNanos;

  /**
   * Adds a load to its targets.
   *
   * @param localHashes of the prompt's leading blocks; not kept
   * @param hashedBlocks how many of them
   * @param lifeNanos how long it lives without a report
   */
  Booking(
      long id,
      Load load,
      long[] localHashes,
      int hashedBlocks,
      TargetLoad prefillTarget,
      TargetLoad decodeTarget,
      long lifeNanos,
      long nowNanos) {
    this.id = id;
    this.load = load;
    this.prefillTarget = prefillTarget;
    this.decodeTarget = decodeTarget;
    this.lifeNanos = lifeNanos;
    this.endOfLifeNanos = nowNanos + lifeNanos;
    this.prompt = prefillTarget.queuePrompt(load.prefillTokens(), nowNanos);
    this.hashedBlocks = hashedBlocks;
    this.promptEnd = decodeTarget.addDecode(load, localHashes, hashedBlocks);
    if (prefillTarget != decodeTarget) {
      prefillTarget.addPrefill(load);
    }
  }

  long id() {
    return id;
  }

  /** The target at a slot went. Returns whether that ends the booking. */
  synchronized boolean endOn(int slot, long nowNanos) {
    boolean needed = load.decodeSlot() == slot || (load.prefillSlot() == slot && !prefillDone);
    return needed && end(nowNanos);
  }

  synchronized boolean endIfOver(long nowNanos) {
    return nowNanos - endOfLifeNanos >= 0 && end(nowNanos);
  }

  synchronized boolean extend(long nowNanos) {
    endOfLifeNanos = nowNanos + lifeNanos;
    return !ended;
  }

  synchronized boolean progress(int tokens, long nowNanos) {
    if (ended) {
      return false;
    }
    extend(nowNanos);
    if (!prefillDone) {
      prompt.computed(nowNanos);
      endPrefill();
    }
    if (tokens > outputTokens) {
      decodeTarget.grow(load, outputTokens, tokens);
      outputTokens = tokens;
    }
    return true;
  }

  /** Takes away what it added. Returns false when it has ended before. */
  synchronized boolean end(long nowNanos) {
    if (ended) {
      return false;
    }
    ended = true;
    if (!prefillDone) {
      prompt.dropped(nowNanos);
      endPrefill();
    }
    decodeTarget.removeDecode(load, promptEnd, hashedBlocks, outputTokens);
    return true;
  }

  private void endPrefill() {
    prefillDone = true;
    if (prefillTarget != decodeTarget) {
      prefillTarget.removePrefill(load);
    }
  }
}
