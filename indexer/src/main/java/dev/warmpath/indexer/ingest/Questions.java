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
   * Asks, unless too many wait. A question waits until it is answered, also when nobody listens any
   * more; one that is refused fails with {@link TooManyQuestionsException}.
   */
  <T> CompletableFuture<T> ask(Supplier<CompletableFuture<T>> question) {
    if (waiting.incrementAndGet() > most) {
      waiting.decrementAndGet();
      refused.increment();
      return CompletableFuture.failedFuture(new TooManyQuestionsException(kind, most));
    }
    return question.get().whenComplete((_, _) -> waiting.decrementAndGet());
  }
}
