package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.ApproximateCache;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replay.rivals.AccountingPolicy;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One policy on one trace: the production index, ledger and router over simulated targets, on
 * virtual time. Whatever targets do up to an instant is known before the requests of that instant
 * are placed, and those are placed in the order of the trace. One thread, one run.
 */
public final class PolicyReplay {
  private static final long LAST_INSTANT = SimulatedTarget.IDLE - 1;

  private final Trace trace;
  private final Policy policy;
  private final long seed;

  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final ReplayRouters routers;
  private final ModelTargets fleet;
  private final ReplayFaults faults;
  private final SimulatedCache[] caches;
  private final SimulatedTarget[] targets;
  private final RouterFeed[] feeds;

  /** What silent targets are taken to hold, by slot; empty when targets publish events. */
  private final List<ApproximateCache> approximations;

  private final VirtualClock clock;
  private final RequestLog log;
  private final @Nullable AccountingPolicy accounting;
  private long placedAtNanos;

  /** A replay before its first request. */
  public PolicyReplay(Trace trace, ReplayOptions options, Policy policy) {
    this.trace = trace;
    this.policy = policy;
    this.seed = options.seed();
    this.faults = options.faults();
    int requests = trace.requests().size();
    int slots = options.targets();
    this.routers =
        new ReplayRouters(
            faults, new LedgerLimits(slots, requests, LAST_INSTANT), requests, this::placed);
    this.fleet = ReplayFleet.targets(options, trace.blockSize());
    this.approximations = approximations(options);
    this.caches = new SimulatedCache[slots];
    this.targets = new SimulatedTarget[slots];
    this.feeds = new RouterFeed[slots];
    this.clock = new VirtualClock(slots);
    this.log = new RequestLog(trace, slots);
    this.accounting = policy instanceof AccountingPolicy accountant ? accountant : null;
    for (Target target : fleet.aggregated()) {
      start(target, options);
    }
  }

  private List<ApproximateCache> approximations(ReplayOptions options) {
    Duration life = options.placedLife();
    return life == null
        ? List.of()
        : IntStream.range(0, options.targets())
            .mapToObj(slot ->
                new ApproximateCache(index, slot, options.blocksPerTarget(), life.toNanos()))
            .toList();
  }

  private void placed(Target target, long[] localHashes, int blocks) {
    approximations.get(target.slot()).place(localHashes, blocks, placedAtNanos);
  }

  private void start(Target target, ReplayOptions options) {
    int slot = target.slot();
    boolean silent = !target.worker().publishesEvents();
    boolean slow =
        faults.slowWorker() && target.worker().equals(fleet.aggregated().getFirst().worker());
    feeds[slot] =
        new RouterFeed(
            target, index, routers, log, accounting, faults, silent, Mix64.mix(seed ^ slot));
    caches[slot] = new SimulatedCache(options.blocksPerTarget(), slot + 1L);
    targets[slot] =
        new SimulatedTarget(
            caches[slot],
            trace.blockSize(),
            slow ? options.speed().atHalfSpeed() : options.speed(),
            feeds[slot]);
  }

  /**
   * Plays the whole trace.
   *
   * @param progress hears how many requests have been placed, after each
   */
  public PolicyReport run(IntConsumer progress) {
    int middle = trace.requests().size() / 2;
    for (int number = 0; number < trace.requests().size(); number++) {
      TraceRequest request = trace.requests().get(number);
      advanceTo(request.arrivalNanos());
      if (number == middle) {
        restartWorkers(request.arrivalNanos());
      }
      place(number, request);
      progress.accept(number + 1);
    }
    advanceTo(LAST_INSTANT);
    if (faults.losesNothing() && approximations.isEmpty()) {
      checkThatIndexAndCachesAgree();
    }
    return log.report(policy.policyName());
  }

  private void restartWorkers(long nowNanos) {
    List<KvEvent> events = new ArrayList<>();
    for (int slot = 0; slot < Math.round(caches.length * faults.restartShare()); slot++) {
      caches[slot].clear(events);
      feeds[slot].cacheChanged(events, nowNanos);
      events.clear();
    }
  }

  private void advanceTo(long nowNanos) {
    VirtualClock.@Nullable Alarm due = clock.takeDue(nowNanos);
    while (due != null) {
      SimulatedTarget target = targets[due.slot()];
      target.advanceTo(due.atNanos());
      clock.arm(due.slot(), target.nextNanos());
      due = clock.takeDue(nowNanos);
    }
    if (!faults.eventLag().isZero()) {
      for (RouterFeed feed : feeds) {
        feed.deliverUntil(nowNanos);
      }
    }
  }

  private void place(int number, TraceRequest request) {
    long nowNanos = request.arrivalNanos();
    placedAtNanos = nowNanos;
    approximations.forEach(cache -> cache.expire(nowNanos));
    RouteQuery query = query(number, request.prompt());
    RouteResult.Decision decision = routers.route(number, query, nowNanos);
    int slot = decision.target().slot();
    if (accounting != null) {
      accounting.placed(number, query, slot, decision.overlap().deviceBlocks(), nowNanos);
    }
    SimulatedTarget target = targets[slot];
    target.submit(number, request.prompt(), request.outputTokens(), nowNanos);
    clock.arm(slot, target.nextNanos());
  }

  private RouteQuery query(int number, Prompt prompt) {
    return new RouteQuery(
        fleet,
        index,
        prompt.localHashes(),
        prompt.blocks(),
        prompt.tokens(),
        policy,
        Mix64.mix(seed + number * Mix64.GOLDEN_GAMMA),
        true,
        false);
  }

  private void checkThatIndexAndCachesAgree() {
    for (int slot = 0; slot < caches.length; slot++) {
      if (index.digest(slot) != caches[slot].digest()) {
        throw new IllegalStateException(
            "slot %d holds %d blocks, the index has %d"
                .formatted(slot, caches[slot].blocks(), index.heldBlocks(slot)));
      }
    }
  }
}
