package dev.warmpath.router.replay.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * One worker: ranks that step together. Its owner calls {@link #begin} at the instant that {@link
 * #nextNanos} says when {@link #isStepping} is false, and {@link #end} when it is true; requests
 * may come at any time. One thread.
 */
public final class EngineWorker {
  /*
   * Nothing of a step depends on single sequences: a rank keeps the size of its batch, the tokens
   * of context and a heap of finish steps, so a step costs the same however many decode. While
   * nobody computes a prompt, comes or goes, several steps are taken as one: up to the first
   * finish or preemption, or, when a request comes that can be admitted, up to the next boundary
   * after its arrival. All are the same as stepping one by one.
   */

  /** {@link #nextNanos} of a worker that has nothing to do. */
  public static final long IDLE = Long.MAX_VALUE;

  private static final double NANOS_PER_MILLI = 1e6;

  private final List<EngineRank> ranks;
  private final StepTime stepTime;
  private final StepLoad load = new StepLoad();

  private long steps;
  private long startNanos;
  private long planned;
  private boolean stepping;
  private long nextNanos = IDLE;

  private long busyNanos;
  private long prefillSteps;
  private long decodeSteps;
  private double sequenceNanos;

  EngineWorker(List<EngineRank> ranks, StepTime stepTime) {
    this.ranks = List.copyOf(ranks);
    this.stepTime = stepTime;
  }

  /** Its ranks. */
  public List<EngineRank> ranks() {
    return ranks;
  }

  /** Whether steps are under way. */
  public boolean isStepping() {
    return stepping;
  }

  /** When steps end, or should begin; {@link #IDLE} when nothing is to be done. */
  public long nextNanos() {
    return nextNanos;
  }

  /** Time spent in steps, nanoseconds. */
  public long busyNanos() {
    return busyNanos;
  }

  /** Steps that computed prompts. */
  public long prefillSteps() {
    return prefillSteps;
  }

  /** Steps that only decoded. */
  public long decodeSteps() {
    return decodeSteps;
  }

  /** Sequences that decoded, times how long: nanoseconds. */
  public double sequenceNanos() {
    return sequenceNanos;
  }

  /** Counts from here on anew; no steps must be under way. */
  public void resetCounts() {
    busyNanos = 0;
    prefillSteps = 0;
    decodeSteps = 0;
    sequenceNanos = 0;
    ranks.forEach(EngineRank::resetCount);
  }

  /** A request comes to a rank. */
  public void submit(EngineRank rank, Job job, long nowNanos) {
    rank.submit(job);
    wake(nowNanos);
  }

  /** There is somebody to be taken from where a rank takes requests from. */
  public void wake(long nowNanos) {
    if (!stepping) {
      nextNanos = Math.min(nextNanos, nowNanos);
    } else if (planned > 1 && canAdmit()) {
      shorten(nowNanos);
    }
  }

  private boolean canAdmit() {
    for (EngineRank rank : ranks) {
      if (rank.canAdmit()) {
        return true;
      }
    }
    return false;
  }

  private boolean hasWork() {
    for (EngineRank rank : ranks) {
      if (rank.hasWork()) {
        return true;
      }
    }
    return false;
  }

  /** Starts steps, if there is anything to do. */
  public void begin(long nowNanos) {
    load.clear();
    for (EngineRank rank : ranks) {
      rank.startStep(steps, nowNanos, load);
    }
    if (load.isEmpty()) {
      nextNanos = IDLE;
      return;
    }
    stepping = true;
    startNanos = nowNanos;
    planned = load.isSteady() ? stepsToChange() : 1;
    nextNanos = nowNanos + durationNanos(planned);
  }

  private long stepsToChange() {
    long first = Long.MAX_VALUE;
    for (EngineRank rank : ranks) {
      first = Math.min(first, rank.stepsToChange(steps));
    }
    return first;
  }

  private long durationNanos(long count) {
    return Math.max(1, Math.round(millis(count) * NANOS_PER_MILLI));
  }

  /** Only a step that starts prompts has fetches, and it is taken alone. */
  private double millis(long count) {
    return stepTime.millis(load, count) + load.fetchMillis();
  }

  /** Ends the steps at the first boundary that is not before {@code nowNanos}. */
  private void shorten(long nowNanos) {
    long elapsed = nowNanos - startNanos;
    long low = 1;
    long high = planned;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (durationNanos(middle) >= elapsed) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    planned = low;
    nextNanos = startNanos + durationNanos(planned);
  }

  /**
   * Ends the steps.
   *
   * @param outcome receives what they brought; what it held before is gone
   */
  public void end(StepOutcome outcome) {
    long nowNanos = nextNanos;
    outcome.clear();
    steps += planned;
    count(nowNanos - startNanos);
    stepping = false;
    for (EngineRank rank : ranks) {
      rank.endSteps(planned, steps, nowNanos, outcome);
    }
    nextNanos = hasWork() ? nowNanos : IDLE;
  }

  private void count(long nanos) {
    busyNanos += nanos;
    sequenceNanos += (double) nanos * load.decodes();
    if (load.prefillTokens() > 0) {
      prefillSteps += planned;
    } else {
      decodeSteps += planned;
    }
  }

  /**
   * The worker dies: everything on it is lost, who waits included.
   *
   * @param cacheSalt makes the engine hashes of its next life's caches their own
   * @return the requests that were lost, by rank
   */
  public List<Job> fail(long cacheSalt) {
    List<Job> lost = new ArrayList<>();
    for (EngineRank rank : ranks) {
      lost.addAll(rank.abandon());
      rank.forget(cacheSalt + ranks.indexOf(rank));
    }
    stepping = false;
    nextNanos = IDLE;
    return lost;
  }
}
