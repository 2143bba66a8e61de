package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;
import java.util.Set;

/**
 * A rule that leaves targets out before any is priced. Stateless; any thread. A target that several
 * rules leave out counts for the first of them, so the order of a list of filters says which reason
 * is given: who may serve at all, what the request asks, then how loaded a target is.
 */
public sealed interface Filter {
  /** The name in replies and metrics: snake case, fixed for each kind of rule. */
  String filterName();

  /** What is wrong with a target that it leaves out; goes on after a number, as in "3 draining". */
  String complaint();

  /** Whether a target may be chosen. */
  boolean admits(Target target, TargetFacts facts);

  /** Whether the rule is about load, so that waiting may help. */
  default boolean isAboutLoad() {
    return false;
  }

  /** A rule that goes by the target alone, and so always says the same of it. */
  sealed interface OfTarget extends Filter {
    /** Whether a target may be chosen. */
    boolean admits(Target target);

    @Override
    default boolean admits(Target target, TargetFacts facts) {
      return admits(target);
    }
  }

  /**
   * Leaves out workers that are to get no new request.
   *
   * @param workerIds drained by the operator, beside those that say so of themselves
   */
  record Draining(Set<String> workerIds) implements OfTarget {
    public Draining {
      workerIds = Set.copyOf(workerIds);
    }

    @Override
    public String filterName() {
      return "draining";
    }

    @Override
    public String complaint() {
      return "draining";
    }

    @Override
    public boolean admits(Target target) {
      Worker worker = target.worker();
      return !worker.draining() && (workerIds.isEmpty() || !workerIds.contains(worker.id()));
    }
  }

  /** Leaves out all but one target, or all but one worker. */
  record Pinned(TargetName target) implements OfTarget {
    @Override
    public String filterName() {
      return "pinned_target";
    }

    @Override
    public String complaint() {
      return "other than the pinned target " + target;
    }

    @Override
    public boolean admits(Target candidate) {
      return target.names(candidate);
    }
  }

  /**
   * Leaves out targets that a request does not list.
   *
   * @param ranks by worker id, the ranks that may be chosen; an empty set stands for all
   */
  record Allowed(Map<String, Set<Integer>> ranks) implements OfTarget {
    public Allowed {
      ranks = Map.copyOf(ranks);
    }

    @Override
    public String filterName() {
      return "allowed_targets";
    }

    @Override
    public String complaint() {
      return "not among the allowed targets";
    }

    @Override
    public boolean admits(Target target) {
      Set<Integer> ofWorker = ranks.get(target.worker().id());
      return ofWorker != null && (ofWorker.isEmpty() || ofWorker.contains(target.rank()));
    }
  }

  /** Leaves out workers without a label of this value. */
  record RequiredLabel(String name, String value) implements OfTarget {
    @Override
    public String filterName() {
      return "required_label";
    }

    @Override
    public String complaint() {
      return "without label %s=%s".formatted(name, value);
    }

    @Override
    public boolean admits(Target target) {
      return value.equals(target.worker().labels().get(name));
    }
  }

  /** Leaves out all but the target that a session is on, in the life that the session knows. */
  record SessionTarget(Target target) implements OfTarget {
    @Override
    public String filterName() {
      return "session_affinity";
    }

    @Override
    public String complaint() {
      return "other than the target %s/%d of the session"
          .formatted(target.worker().id(), target.rank());
    }

    @Override
    public boolean admits(Target candidate) {
      return candidate.slot() == target.slot()
          && candidate.rank() == target.rank()
          && candidate.worker().id().equals(target.worker().id())
          && candidate.worker().incarnation() == target.worker().incarnation();
    }
  }

  /** Leaves out workers without a LoRA adapter; see {@link Screening}. */
  record Lora(String loraName) implements OfTarget {
    @Override
    public String filterName() {
      return "lora";
    }

    @Override
    public String complaint() {
      return "without LoRA adapter " + loraName;
    }

    @Override
    public boolean admits(Target target) {
      return target.worker().loraNames().contains(loraName);
    }
  }

  /** Leaves out targets whose index may be behind their cache. */
  record StaleIndex() implements Filter {
    @Override
    public String filterName() {
      return "stale_index";
    }

    @Override
    public String complaint() {
      return "with a stale index";
    }

    @Override
    public boolean admits(Target target, TargetFacts facts) {
      return !facts.isStale(target);
    }
  }

  /**
   * Leaves out targets whose KV blocks are nearly used up by the requests booked there. One of
   * unknown capacity is never left out.
   *
   * @param maxShare most of the blocks of a rank that may be in use, above 0
   */
  record KvBlocks(double maxShare) implements Filter {
    @Override
    public String filterName() {
      return "kv_blocks";
    }

    @Override
    public String complaint() {
      return "with over %s of their KV blocks in use".formatted(percent(maxShare));
    }

    @Override
    public boolean admits(Target target, TargetFacts facts) {
      long capacity = target.worker().kvBlocksPerRank();
      return capacity == 0 || facts.activeBlocks(target) <= maxShare * capacity;
    }

    @Override
    public boolean isAboutLoad() {
      return true;
    }
  }

  /**
   * Leaves out targets with too many prompt tokens that wait to be computed.
   *
   * @param maxTokens most of them
   */
  record QueuedPrefill(long maxTokens) implements Filter {
    @Override
    public String filterName() {
      return "queued_prefill";
    }

    @Override
    public String complaint() {
      return "with over %d prompt tokens queued".formatted(maxTokens);
    }

    @Override
    public boolean admits(Target target, TargetFacts facts) {
      return facts.queuedPrefillTokens(target) <= maxTokens;
    }

    @Override
    public boolean isAboutLoad() {
      return true;
    }
  }

  /**
   * As {@link QueuedPrefill}, in steps of the engine. A worker that does not say how many tokens it
   * computes in one is never left out.
   *
   * @param maxSteps most steps that the queue may take, above 0
   */
  record QueuedPrefillSteps(double maxSteps) implements Filter {
    @Override
    public String filterName() {
      return "queued_prefill_steps";
    }

    @Override
    public String complaint() {
      return "with over %s steps of prompt tokens queued".formatted(plain(maxSteps));
    }

    @Override
    public boolean admits(Target target, TargetFacts facts) {
      int step = target.worker().maxBatchTokens();
      return step == 0 || facts.queuedPrefillTokens(target) <= maxSteps * step;
    }

    @Override
    public boolean isAboutLoad() {
      return true;
    }
  }

  /**
   * Leaves out targets whose batch is full. A worker that does not say how many requests it runs at
   * once is never left out.
   *
   * @param maxShare requests on a rank, as a share of those that it runs at once, from which it
   *     gets no more; above 0
   */
  record BatchRequests(double maxShare) implements Filter {
    @Override
    public String filterName() {
      return "batch_requests";
    }

    @Override
    public String complaint() {
      return "with %s of a batch of requests or more".formatted(percent(maxShare));
    }

    @Override
    public boolean admits(Target target, TargetFacts facts) {
      int batch = target.worker().maxBatchRequests();
      return batch == 0 || facts.activeRequests(target) < maxShare * batch;
    }

    @Override
    public boolean isAboutLoad() {
      return true;
    }
  }

  private static String percent(double share) {
    return plain(share * 100) + " %";
  }

  private static String plain(double value) {
    return BigDecimal.valueOf(value).round(new MathContext(3)).stripTrailingZeros().toPlainString();
  }
}
