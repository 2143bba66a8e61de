package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.KvEvent;
import java.util.List;

/**
 * What a {@link SimulatedTarget} tells, at the moment it happens and on the thread that moves it.
 * Requests go by the number that they were submitted under. No method may call the target.
 */
public interface EngineListener {
  /**
   * The prompt's turn has come, and what it finds in the cache is settled.
   *
   * @param cachedBlocks leading blocks that need no computation
   * @param prefilledTokens prompt tokens that the target computes
   */
  void prefillStarted(long request, int cachedBlocks, int prefilledTokens, long nowNanos);

  /** The prefill is done: the first output token is there. */
  void firstToken(long request, long nowNanos);

  /** The last output token is there. */
  void finished(long request, long nowNanos);

  /**
   * The cache changed.
   *
   * @param events at least one, in order; not to be kept
   */
  void cacheChanged(List<KvEvent> events, long nowNanos);
}
