package dev.warmpath.router.fleet;

import java.util.LinkedHashSet;

/**
 * The prompts booked on one slot whose first token has not come, oldest first, and how many of
 * their tokens are left to compute: an estimate, since a target says only when a prompt is done.
 * Any thread may book, report and read; reading takes no lock.
 */
final class PrefillQueue {
  /*
   * The oldest prompt drains at the pace of those before it, from the anchor: the time at which it
   * became the oldest, or of the last first token. What is behind it counts in full, so a target
   * that hangs sheds one prompt at most, however long it hangs, and fills up like any other.
   *
   * The pace is tokens over time, summed over the prompts whose first token came, the last ones
   * most. Prompts that end otherwise (failure, expiry, loss of the target) teach nothing: when their
   * computing ended is not known. Until the first lesson nothing drains.
   */

  private final SlotFigures figures;
  private final int slot;

  // Guarded by this; readers see the last snapshot, decisions a copy of it among the figures.
  private final LinkedHashSet<QueuedPrompt> waiting = new LinkedHashSet<>();
  private long bookedTokens;
  private long anchorNanos;
  private PrefillLessons lessons = PrefillLessons.NONE;
  private volatile Snapshot snapshot = new Snapshot(0, 0, 0, 0, PrefillLessons.NONE);

  /**
   * @param figures are told of each change
   * @param slot whose queue it is
   */
  PrefillQueue(SlotFigures figures, int slot) {
    this.figures = figures;
    this.slot = slot;
  }

  /** Tokens left to compute; from 0 to the tokens booked. */
  long remainingTokens(long nowNanos) {
    Snapshot now = snapshot;
    return remainingTokens(
        now.bookedTokens, now.oldestTokens, now.anchorNanos, now.tokensPerNano, nowNanos);
  }

  /** The same of the figures of a {@link Snapshot}. */
  static long remainingTokens(
      long bookedTokens, long oldestTokens, long anchorNanos, double tokensPerNano, long nowNanos) {
    double drained = tokensPerNano * Math.max(0, nowNanos - anchorNanos);
    return bookedTokens - Math.min(oldestTokens, (long) drained);
  }

  /** The pace at which the oldest prompt drains, nanoseconds a token; 0 until it is learnt. */
  double nanosPerToken() {
    double tokensPerNano = snapshot.tokensPerNano;
    return tokensPerNano == 0 ? 0 : 1 / tokensPerNano;
  }

  /** What its first tokens have taught. */
  PrefillLessons lessons() {
    return snapshot.lessons;
  }

  /** Books a prompt behind all others. */
  synchronized QueuedPrompt add(int tokens, long nowNanos) {
    if (waiting.isEmpty()) {
      anchorNanos = nowNanos;
    }
    QueuedPrompt prompt = new QueuedPrompt(tokens);
    waiting.add(prompt);
    bookedTokens += tokens;
    publish();
    return prompt;
  }

  /** Forgets the pace: the slot may come to name another target. */
  synchronized void forgetPace() {
    lessons = PrefillLessons.NONE;
    publish();
  }

  private synchronized void computed(QueuedPrompt prompt, long nowNanos) {
    remove(prompt);
    long tookNanos = Math.max(0, nowNanos - anchorNanos);
    lessons = lessons.and(prompt.tokens, tookNanos);
    anchorNanos += tookNanos;
    publish();
  }

  private synchronized void dropped(QueuedPrompt prompt, long nowNanos) {
    boolean oldest = !waiting.isEmpty() && waiting.getFirst() == prompt;
    remove(prompt);
    if (oldest) {
      anchorNanos = nowNanos;
    }
    publish();
  }

  private void remove(QueuedPrompt prompt) {
    if (!waiting.remove(prompt)) {
      throw new IllegalStateException("a prompt of %d tokens ended twice".formatted(prompt.tokens));
    }
    bookedTokens -= prompt.tokens;
  }

  private void publish() {
    long oldestTokens = waiting.isEmpty() ? 0 : waiting.getFirst().tokens;
    double tokensPerNano = lessons.nanos() > 0 ? lessons.tokens() / lessons.nanos() : 0;
    Snapshot now = new Snapshot(bookedTokens, oldestTokens, anchorNanos, tokensPerNano, lessons);
    snapshot = now;
    figures.tellQueue(slot, now);
  }

  /** One prompt in the queue. Ends once, by one of its methods. */
  final class QueuedPrompt {
    private final int tokens;

    private QueuedPrompt(int tokens) {
      this.tokens = tokens;
    }

    /** Its first token came. */
    void computed(long nowNanos) {
      PrefillQueue.this.computed(this, nowNanos);
    }

    /** It will not be computed, or when it was is not known. */
    void dropped(long nowNanos) {
      PrefillQueue.this.dropped(this, nowNanos);
    }
  }

  /**
   * The queue at one moment.
   *
   * @param bookedTokens of all prompts
   * @param oldestTokens of the oldest
   * @param anchorNanos from when the oldest drains
   * @param tokensPerNano the pace at which it does; 0 until it is learnt
   * @param lessons what its first tokens have taught
   */
  record Snapshot(
      long bookedTokens,
      long oldestTokens,
      long anchorNanos,
      double tokensPerNano,
      PrefillLessons lessons) {}
}
