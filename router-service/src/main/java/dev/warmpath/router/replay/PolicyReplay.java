package dev.warmpath.router.replay;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult;
import dev.warmpath.router.route.Router;
import java.util.function.IntConsumer;
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
  private final LoadLedger ledger;
  private final Router router;
  private final ModelTargets fleet;
  private final SimulatedCache[] caches;
  private final SimulatedTarget[] targets;
  private final VirtualClock clock;
  private final RequestLog log;
  private final Overlaps overlaps = new Overlaps();

  /** A replay before its first request. */
  public PolicyReplay(Trace trace, ReplayOptions options, Policy policy) {
    this.trace = trace;
    this.policy = policy;
    this.seed = options.seed();
    int requests = trace.requests().size();
    int slots = options.targets();
    this.ledger = new LoadLedger(new LedgerLimits(slots, requests, LAST_INSTANT), 1);
    this.router = new Router(ledger);
    this.fleet = ReplayFleet.targets(options, trace.blockSize());
    this.caches = new SimulatedCache[slots];
    this.targets = new SimulatedTarget[slots];
    this.clock = new VirtualClock(slots);
    this.log = new RequestLog(trace, slots);
    for (Target target : fleet.aggregated()) {
      start(target, options);
    }
  }

  private void start(Target target, ReplayOptions options) {
    int slot = target.slot();
    RouterFeed feed = new RouterFeed(target, index, ledger, log);
    caches[slot] = new SimulatedCache(options.blocksPerTarget(), slot + 1L);
    targets[slot] = new SimulatedTarget(caches[slot], trace.blockSize(), options.speed(), feed);
  }

  /**
   * Plays the whole trace.
   *
   * @param progress hears how many requests have been placed, after each
   */
  public PolicyReport run(IntConsumer progress) {
    for (int number = 0; number < trace.requests().size(); number++) {
      TraceRequest request = trace.requests().get(number);
      advanceTo(request.arrivalNanos());
      place(number, request);
      progress.accept(number + 1);
    }
    advanceTo(LAST_INSTANT);
    checkThatIndexAndCachesAgree();
    return log.report(policy.policyName());
  }

  private void advanceTo(long nowNanos) {
    VirtualClock.@Nullable Alarm due = clock.takeDue(nowNanos);
    while (due != null) {
      SimulatedTarget target = targets[due.slot()];
      target.advanceTo(due.atNanos());
      clock.arm(due.slot(), target.nextNanos());
      due = clock.takeDue(nowNanos);
    }
  }

  private void place(int number, TraceRequest request) {
    long nowNanos = request.arrivalNanos();
    switch (router.route(query(number, request.prompt()), overlaps, nowNanos)) {
      case RouteResult.Decision decision -> {
        log.booked(number, decision.bookingId());
        int slot = decision.target().slot();
        SimulatedTarget target = targets[slot];
        target.submit(number, request.prompt(), request.outputTokens(), nowNanos);
        clock.arm(slot, target.nextNanos());
      }
      case RouteResult.Refusal refusal ->
          throw new IllegalStateException("request %d refused: %s".formatted(number, refusal));
      case RouteResult.AllExcluded all ->
          throw new IllegalStateException(
              "request %d refused: %s".formatted(number, all.describe()));
    }
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
