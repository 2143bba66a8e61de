package dev.warmpath.router.replay.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * What the end of some steps brought; each list in the order of ranks. Reused by {@link
 * EngineWorker#end}; one thread.
 */
public final class StepOutcome {
  private final List<Job> computed = new ArrayList<>();
  private final List<Job> recomputed = new ArrayList<>();
  private final List<Job> firstTokens = new ArrayList<>();
  private final List<Job> finished = new ArrayList<>();

  /** Requests whose prompt is computed. */
  public List<Job> computed() {
    return computed;
  }

  /** Requests whose prompt is computed again, since they were preempted while they decoded. */
  public List<Job> recomputed() {
    return recomputed;
  }

  /** Requests whose first token is there. */
  public List<Job> firstTokens() {
    return firstTokens;
  }

  /** Requests whose last token is there. */
  public List<Job> finished() {
    return finished;
  }

  void clear() {
    computed.clear();
    recomputed.clear();
    firstTokens.clear();
    finished.clear();
  }
}
