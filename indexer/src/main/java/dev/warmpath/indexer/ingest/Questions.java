package dev.warmpath.indexer.ingest;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** Questions of one kind to the owners of an index, bounded in number. Any thread. */
final class Questions {
  private final String kind;
  private final int most;
  private final LongAdder refused;
  private final AtomicInteger waiting = new AtomicInteger();

  /**
   * @param most how many may wait for their answers
   * @param refused counts those that were refused
   */
  Questions(String kind, int most, LongAdder refused) {
    this.kind = kind;
    this.most = most;
    this.refused = refused;
  }

  /**
   * Asks, unless too many wait; one that is refused fails with {@link TooManyQuestionsException}.
   *
   * @param question starts, and may end without an answer once its future is cancelled
   * @return the answer; who cancels it, or lets it time out, no longer waits for it
   */
  <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
    try {
      begin();
    } catch (TooManyQuestionsException e) {
      return CompletableFuture.failedFuture(e);
    }
    CompletableFuture<T> answer = question.get();
    var _ = answer.whenComplete((_, _) -> end());
    return answer;
  }

  /**
   * A question begins to wait; {@link #end} is to follow.
   *
   * @throws TooManyQuestionsException when too many wait
   */
  void begin() {
    if (waiting.incrementAndGet() > most) {
      waiting.decrementAndGet();
      refused.increment();
      throw new TooManyQuestionsException(kind, most);
    }
  }

  /** A question that began no longer waits. */
  void end() {
    waiting.decrementAndGet();
  }
}
