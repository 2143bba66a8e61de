package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.EventSequencer;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.replay.rivals.AccountingPolicy;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries what one simulated target does to the routers, into their index and into the log. Changes
 * of the cache may come late, or not at all. One thread.
 */
final class RouterFeed implements EngineListener {
  private final int slot;
  private final PrefixIndex index;
  private final ReplayRouters routers;
  private final RequestLog log;
  private final @Nullable AccountingPolicy accounting;
  private final ReplayFaults faults;
  private final boolean silent;
  private final Chance loss;
  private final TargetEvents numbered;
  private final EventSequencer sequencer = new EventSequencer(0, 0L);
  private final ArrayDeque<Late> late = new ArrayDeque<>();

  /**
   * @param silent whether the target's changes are told to nobody
   * @param seed decides what is lost
   */
  RouterFeed(
      Target target,
      PrefixIndex index,
      ReplayRouters routers,
      RequestLog log,
      @Nullable AccountingPolicy accounting,
      ReplayFaults faults,
      boolean silent,
      long seed) {
    this.slot = target.slot();
    this.index = index;
    this.routers = routers;
    this.log = log;
    this.accounting = accounting;
    this.faults = faults;
    this.silent = silent;
    this.loss = new Chance(seed);
    this.numbered = new TargetEvents(ReplayFleet.MODEL, target.id(), ReplayFleet.INCARNATION);
  }

  @Override
  public void prefillStarted(long request, int cachedBlocks, int prefilledTokens, long nowNanos) {
    log.prefillStarted((int) request, slot, cachedBlocks, prefilledTokens);
  }

  @Override
  public void firstToken(long request, long nowNanos) {
    routers.firstToken((int) request, nowNanos);
    log.firstToken((int) request, nowNanos);
    if (accounting != null) {
      accounting.firstToken(request, nowNanos);
    }
  }

  @Override
  public void finished(long request, long nowNanos) {
    routers.finished((int) request, nowNanos);
    if (accounting != null) {
      accounting.finished(request, nowNanos);
    }
  }

  @Override
  public void cacheChanged(List<KvEvent> events, long nowNanos) {
    List<KvEvent> heard = faults.losesNothing() ? events : withoutLost(events);
    if (!heard.isEmpty() && !silent) {
      late.add(new Late(numbered.batch(heard), nowNanos + faults.eventLag().toNanos()));
    }
    deliverUntil(nowNanos);
  }

  /** Lets the index know what has been on its way for long enough. */
  void deliverUntil(long nowNanos) {
    while (!late.isEmpty() && late.getFirst().dueNanos <= nowNanos) {
      sequencer.offer(
          late.removeFirst().batch, nowNanos, event -> index.apply(slot, event, nowNanos));
    }
  }

  private List<KvEvent> withoutLost(List<KvEvent> events) {
    return events.stream().filter(_ -> loss.fraction() >= faults.lostEventShare()).toList();
  }

  private record Late(EventBatch batch, long dueNanos) {}
}
