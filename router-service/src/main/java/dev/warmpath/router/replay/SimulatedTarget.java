package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.KvEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One simulated target: prompts wait in line, one at a time is computed, and decoding goes on
 * beside it at a fixed pace. A state machine that the caller moves: {@link #submit} and {@link
 * #advanceTo} with times that never fall. One thread at a time.
 *
 * <p>What a prompt finds in the cache is settled when its prefill starts; that part costs nothing,
 * but one token at least is always computed. Its own blocks can be found from the end of its
 * prefill. Output tokens take no room in the cache.
 */
public final class SimulatedTarget {
  /** {@link #nextNanos} of a target that has nothing to do. */
  public static final long IDLE = Long.MAX_VALUE;

  private final SimulatedCache cache;
  private final int blockSize;
  private final EngineSpeed speed;
  private final EngineListener listener;

  private final ArrayDeque<Job> waiting = new ArrayDeque<>();
  private final PriorityQueue<Decoding> decoding = new PriorityQueue<>(Decoding.FIRST_TO_FINISH);
  private final List<KvEvent> events = new ArrayList<>();
  private @Nullable Job prefilling;
  private long prefillEndNanos = IDLE;
  private long nowNanos;

  /**
   * An idle target.
   *
   * @param cache its cache; no one else changes it
   * @param blockSize tokens in a block
   * @param listener hears what happens
   */
  public SimulatedTarget(
      SimulatedCache cache, int blockSize, EngineSpeed speed, EngineListener listener) {
    this.cache = cache;
    this.blockSize = blockSize;
    this.speed = speed;
    this.listener = listener;
  }

  /**
   * Takes a request; its prefill starts at once when nothing is before it.
   *
   * @param request number under which the listener hears of it
   * @param outputTokens tokens to generate
   */
  public void submit(long request, Prompt prompt, int outputTokens, long nowNanos) {
    advanceTo(nowNanos);
    waiting.add(new Job(request, prompt, outputTokens));
    startNext();
  }

  /** When the next thing happens here, nanoseconds; {@link #IDLE} when nothing will. */
  public long nextNanos() {
    return Math.min(prefillEndNanos, nextFinishNanos());
  }

  /**
   * Lets everything happen that is due, in order of time; at one instant requests finish before a
   * prefill ends.
   */
  public void advanceTo(long nowNanos) {
    for (long next = nextNanos(); next <= nowNanos && next != IDLE; next = nextNanos()) {
      this.nowNanos = next;
      if (nextFinishNanos() == next) {
        finishFirst();
      } else {
        endPrefill();
      }
      startNext();
    }
    this.nowNanos = Math.max(this.nowNanos, nowNanos);
  }

  /** Requests whose prefill has not started. */
  public int waiting() {
    return waiting.size();
  }

  /** Requests in prefill and decode. */
  public int running() {
    return decoding.size() + (prefilling == null ? 0 : 1);
  }

  private long nextFinishNanos() {
    Decoding first = decoding.peek();
    return first == null ? IDLE : first.finishNanos();
  }

  private void startNext() {
    if (prefilling != null || waiting.isEmpty() || running() >= speed.batchLimit()) {
      return;
    }
    Job job = waiting.remove();
    int cached = cache.reserve(job.prompt(), events);
    tellCacheChanges();
    int tokens = Math.max(1, job.prompt().tokens() - job.prompt().tokensIn(cached, blockSize));
    prefilling = job;
    prefillEndNanos = nowNanos + speed.prefillNanos(tokens);
    listener.prefillStarted(job.request(), cached, tokens, nowNanos);
  }

  private void endPrefill() {
    Job job = prefilling;
    if (job == null) {
      throw new IllegalStateException("no prefill to end");
    }
    prefilling = null;
    prefillEndNanos = IDLE;
    cache.store(job.prompt(), events);
    tellCacheChanges();
    listener.firstToken(job.request(), nowNanos);
    decoding.add(new Decoding(job.request(), nowNanos + speed.decodeNanos(job.outputTokens())));
  }

  private void finishFirst() {
    listener.finished(decoding.remove().request(), nowNanos);
  }

  private void tellCacheChanges() {
    if (!events.isEmpty()) {
      listener.cacheChanged(events, nowNanos);
      events.clear();
    }
  }

  private record Job(long request, Prompt prompt, int outputTokens) {}

  private record Decoding(long request, long finishNanos) {
    static final Comparator<Decoding> FIRST_TO_FINISH =
        Comparator.comparingLong(Decoding::finishNanos).thenComparingLong(Decoding::request);
  }
}
