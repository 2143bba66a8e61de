package dev.warmpath.router.replay.engine;

import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.SimulatedCache.Fetched;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * One rank of a worker: who waits, who is in work, and its KV memory. Its worker says when steps
 * start and end. One thread.
 *
 * <p>Requests are admitted first come, first served, while there are slots and KV memory; see
 * {@link KvMemory}. What a prompt finds in the prefix cache is settled then, and what it finds on
 * slower tiers is fetched then: one block after another on this rank, beside the other ranks'
 * fetches. With {@linkplain RankLimits#preemption preemption}, those admitted last go back to the
 * head of the queue when the answers outgrow the memory, and nobody is admitted in that step.
 */
public final class EngineRank {
  private static final Comparator<Job> FIRST_TO_FINISH =
      Comparator.comparingLong(Job::finishStep).thenComparingLong(Job::number);

  private final RankLimits limits;
  private final KvMemory memory;
  private final boolean decodesWhatItComputes;
  private @Nullable SimulatedCache cache;
  private final Offload offload;
  private final ArrayDeque<Job> waiting;

  private final List<Job> prefilling = new ArrayList<>();
  private final List<Job> joined = new ArrayList<>();
  private final PriorityQueue<Job> decoding = new PriorityQueue<>(FIRST_TO_FINISH);
  private long contextTokens;
  private long computedTokens;

  /**
   * An idle rank.
   *
   * @param decodesWhatItComputes whether a request whose prompt is computed here decodes here
   * @param cache prefix cache; null for none
   * @param offload what the cache has behind its device
   * @param waiting who waits; other ranks may take from it, too
   */
  public EngineRank(
      RankLimits limits,
      boolean decodesWhatItComputes,
      @Nullable SimulatedCache cache,
      Offload offload,
      ArrayDeque<Job> waiting) {
    this.limits = limits;
    this.memory = new KvMemory(limits, cache != null);
    this.decodesWhatItComputes = decodesWhatItComputes;
    this.cache = cache;
    this.offload = offload;
    this.waiting = waiting;
  }

  /** The prefix cache; null for none. */
  public @Nullable SimulatedCache cache() {
    return cache;
  }

  /** Requests that wait here, or where it takes them from. */
  public int waiting() {
    return waiting.size();
  }

  /** Requests in prefill and decode. */
  public int running() {
    return prefilling.size() + decoding.size();
  }

  /** Tokens computed so far but for those that were decoded: prompts, and what was preempted. */
  public long computedTokens() {
    return computedTokens;
  }

  void resetCount() {
    computedTokens = 0;
  }

  void submit(Job job) {
    waiting.add(job);
  }

  boolean hasWork() {
    return !waiting.isEmpty() || running() > 0;
  }

  /** Whether the first one that waits would be admitted to a step that starts here. */
  boolean canAdmit() {
    Job next = waiting.peek();
    return next != null && running() < limits.slots() && hasMemoryFor(next);
  }

  /** Admits whom it can, plans their chunks, and adds what it has in the step to the load. */
  void startStep(long steps, long nowNanos, StepLoad load) {
    boolean preempted = preemptThoseWithoutRoom(steps);
    int decodes = decoding.size();
    int budget =
        limits.stepTokens() == RankLimits.UNLIMITED
            ? RankLimits.UNLIMITED
            : Math.max(0, limits.stepTokens() - decodes);
    int planned = 0;
    int prompts = 0;
    double context = 0;
    double fetchMillis = 0;
    for (int i = 0; i < prefilling.size(); i++) {
      Job job = prefilling.get(i);
      if (budget - planned == 0 || prompts == limits.promptsPerStep()) {
        break;
      }
      planned += job.plan(budget - planned);
      context += job.chunkContext();
      prompts++;
    }
    while (!preempted && canAdmit()) {
      Job job = waiting.element();
      if (job.isPromptComputed()) {
        admitDecode(waiting.remove(), steps);
      } else if (budget - planned > 0 && prompts < limits.promptsPerStep()) {
        fetchMillis += fetchMillis(admitPrompt(waiting.remove(), nowNanos));
        planned += job.plan(budget - planned);
        context += job.chunkContext();
        prompts++;
      } else {
        break;
      }
    }
    computedTokens += planned;
    load.addRank(
        decoding.size(), contextTokens, planned, context, joined.size(), limits.kvTokens());
    load.addFetch(fetchMillis);
  }

  /** Returns whether there were any. Whoever is alone goes on, even if the memory is too small. */
  private boolean preemptThoseWithoutRoom(long steps) {
    boolean any = false;
    while (running() > 1 && !memory.isEnough()) {
      Job last = memory.lastTaken();
      memory.giveBack(last, steps);
      int generated = last.generated();
      if (!prefilling.remove(last)) {
        decoding.remove(last);
        contextTokens -= last.contextAt(steps);
        generated = (int) last.contextAt(steps) - last.prompt().tokens();
      }
      last.preempt(generated);
      waiting.addFirst(last);
      any = true;
    }
    return any;
  }

  /** Returns what comes from slower tiers for it. */
  private Fetched admitPrompt(Job job, long nowNanos) {
    int onDevice = cache == null ? 0 : cache.cachedBlocks(job.prompt());
    Fetched fetched = cache == null ? Fetched.NONE : cache.fetch(job.prompt());
    job.startPrompt(onDevice, fetched, limits.blockSize(), nowNanos);
    memory.take(job);
    prefilling.add(job);
    return fetched;
  }

  private double fetchMillis(Fetched fetched) {
    return fetched.hostBlocks() * offload.host().fetchMillisPerBlock()
        + fetched.diskBlocks() * offload.disk().fetchMillisPerBlock();
  }

  private void admitDecode(Job job, long steps) {
    memory.take(job);
    joined.add(job);
    startDecoding(job, steps, 0);
  }

  /** Whoever is alone is admitted, even if the memory is too small. */
  private boolean hasMemoryFor(Job job) {
    return running() == 0 || memory.hasRoomFor(job);
  }

  private void startDecoding(Job job, long steps, int tokens) {
    job.join(steps, tokens);
    contextTokens += job.joinContext();
    memory.decodes(job);
    decoding.add(job);
  }

  /**
   * Steps until the first sequence that decodes is finished, or the answers have outgrown the
   * memory; a large number when none decodes.
   */
  long stepsToChange(long steps) {
    Job first = decoding.peek();
    return first == null ? Long.MAX_VALUE : memory.stepsInRoom(steps, first.finishStep() - steps);
  }

  /**
   * Ends steps that {@link #startStep} started the first of.
   *
   * @param taken how many
   * @param steps steps of the worker, those included
   */
  void endSteps(long taken, long steps, long nowNanos, StepOutcome outcome) {
    contextTokens += taken * decoding.size();
    memory.grow(steps - taken, taken);
    if (!joined.isEmpty()) {
      joined.forEach(job -> job.firstToken(nowNanos));
      outcome.firstTokens().addAll(joined);
      joined.clear();
    }
    finishDecoding(steps, nowNanos, outcome);
    if (!prefilling.isEmpty()) {
      prefilling.removeIf(job -> job.chunk() > 0 && endChunk(job, steps, nowNanos, outcome));
    }
  }

  private void finishDecoding(long steps, long nowNanos, StepOutcome outcome) {
    for (Job first = decoding.peek();
        first != null && first.finishStep() <= steps;
        first = decoding.peek()) {
      decoding.remove();
      contextTokens -= first.contextAt(steps);
      finish(first, steps, nowNanos, outcome);
    }
  }

  private boolean endChunk(Job job, long steps, long nowNanos, StepOutcome outcome) {
    if (!job.endChunk(nowNanos)) {
      return false;
    }
    if (job.continuesAnswer()) {
      outcome.recomputed().add(job);
      decodeOn(job, steps, nowNanos, outcome);
      return true;
    }
    outcome.computed().add(job);
    if (!decodesWhatItComputes) {
      memory.giveBack(job, steps);
      return true;
    }
    job.firstToken(nowNanos);
    outcome.firstTokens().add(job);
    decodeOn(job, steps, nowNanos, outcome);
    return true;
  }

  /** All that was known is computed, and with it the next token. */
  private void decodeOn(Job job, long steps, long nowNanos, StepOutcome outcome) {
    int tokens = job.generated() + 1;
    if (job.outputTokens() == tokens) {
      finish(job, steps, nowNanos, outcome);
    } else {
      startDecoding(job, steps, tokens);
    }
  }

  private void finish(Job job, long steps, long nowNanos, StepOutcome outcome) {
    memory.giveBack(job, steps);
    job.finished(nowNanos);
    outcome.finished().add(job);
  }

  /** Its memory holds nothing any more. */
  void forget(long cacheSalt) {
    if (cache != null) {
      cache = cache.anew(cacheSalt);
    }
  }

  /** Takes everybody out, in the order of their numbers. */
  List<Job> abandon() {
    List<Job> lost = new ArrayList<>(prefilling);
    lost.addAll(decoding);
    lost.addAll(waiting);
    waiting.clear();
    prefilling.clear();
    joined.clear();
    decoding.clear();
    contextTokens = 0;
    memory.clear();
    lost.sort(Comparator.comparingLong(Job::number));
    return lost;
  }
}
