package dev.warmpath.router.fleet;

import dev.warmpath.router.fleet.ActivePrefixes.Run;
import dev.warmpath.router.fleet.PrefillQueue.QueuedPrompt;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One open booking. Any thread; its own monitor guards what changes, and it ends once. */
final class Booking {
  /** How often at least its watcher hears of a booking that lives on, in the life of one. */
  private static final int SIGNS_OF_LIFE = 4;

  private final long id;
  private final Load load;
  private final TargetLoad prefillTarget;
  private final TargetLoad decodeTarget;
  private final boolean own;
  private final @Nullable Consumer<LoadChange> watcher;
  private final long lifeNanos;
  private final QueuedPrompt prompt;
  private final int hashedBlocks;
  private final Run promptEnd;
  private boolean prefillDone;
  private boolean ended;
  private int outputTokens;
  private long endOfLifeNanos;
  private long toldNanos;

  /**
   * Adds a load to its targets.
   *
   * @param localHashes of the prompt's leading blocks; not kept
   * @param hashedBlocks how many of them
   * @param own whether this router chose the targets
   * @param watcher hears of its changes; null for nobody
   * @param lifeNanos how long it lives without a report
   */
  Booking(
      long id,
      Load load,
      long[] localHashes,
      int hashedBlocks,
      TargetLoad prefillTarget,
      TargetLoad decodeTarget,
      boolean own,
      @Nullable Consumer<LoadChange> watcher,
      long lifeNanos,
      long nowNanos) {
    this.id = id;
    this.load = load;
    this.prefillTarget = prefillTarget;
    this.decodeTarget = decodeTarget;
    this.own = own;
    this.watcher = watcher;
    this.lifeNanos = lifeNanos;
    this.endOfLifeNanos = nowNanos + lifeNanos;
    this.prompt = prefillTarget.queuePrompt(load.prefillTokens(), nowNanos);
    this.hashedBlocks = hashedBlocks;
    this.promptEnd = decodeTarget.addDecode(load, localHashes, hashedBlocks);
    if (prefillTarget != decodeTarget) {
      prefillTarget.addPrefill(load);
    }
    this.toldNanos = nowNanos;
    if (watcher != null) {
      watcher.accept(new LoadChange.Booked(id, load, Arrays.copyOf(localHashes, hashedBlocks)));
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
    if (!ended && nowNanos - toldNanos > lifeNanos / SIGNS_OF_LIFE) {
      tellProgress(nowNanos);
    }
    return !ended;
  }

  synchronized boolean progress(int tokens, long nowNanos) {
    if (ended) {
      return false;
    }
    boolean news = !prefillDone;
    if (!prefillDone) {
      prompt.computed(nowNanos);
      endPrefill();
    }
    if (tokens > outputTokens) {
      news |= load.blocks(tokens) > load.blocks(outputTokens);
      decodeTarget.grow(load, outputTokens, tokens);
      outputTokens = tokens;
    }
    if (news) {
      tellProgress(nowNanos);
    }
    return extend(nowNanos);
  }

  /** The prompt was computed before this booking was made. */
  synchronized void skipPrefill(long nowNanos) {
    if (!ended && !prefillDone) {
      prompt.dropped(nowNanos);
      endPrefill();
    }
  }

  synchronized boolean isComputed() {
    return prefillDone;
  }

  private void tellProgress(long nowNanos) {
    toldNanos = nowNanos;
    if (watcher != null) {
      watcher.accept(new LoadChange.Progressed(id, prefillDone, outputTokens));
    }
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
    if (own) {
      decodeTarget.stopGenerating();
    }
    decodeTarget.removeDecode(load, promptEnd, hashedBlocks, outputTokens);
    if (watcher != null) {
      watcher.accept(new LoadChange.Ended(id));
    }
    return true;
  }

  private void endPrefill() {
    prefillDone = true;
    if (own) {
      decodeTarget.startGenerating();
    }
    if (prefillTarget != decodeTarget) {
      prefillTarget.removePrefill(load);
    }
  }
}
