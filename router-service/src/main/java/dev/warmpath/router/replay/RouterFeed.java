package dev.warmpath.router.replay;

import dev.warmpath.indexer.event.EventSequencer;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import java.util.List;

/**
 * Carries what one simulated target does to the router's index and ledger, at once and without
 * loss, and into the log. One thread.
 */
final class RouterFeed implements EngineListener {
  private final int slot;
  private final PrefixIndex index;
  private final LoadLedger ledger;
  private final RequestLog log;
  private final TargetEvents numbered;
  private final EventSequencer sequencer = new EventSequencer(0, 0L);

  RouterFeed(Target target, PrefixIndex index, LoadLedger ledger, RequestLog log) {
    this.slot = target.slot();
    this.index = index;
    this.ledger = ledger;
    this.log = log;
    this.numbered = new TargetEvents(ReplayFleet.MODEL, target.id(), ReplayFleet.INCARNATION);
  }

  @Override
  public void prefillStarted(long request, int cachedBlocks, int prefilledTokens, long nowNanos) {
    log.prefillStarted((int) request, slot, cachedBlocks, prefilledTokens);
  }

  @Override
  public void firstToken(long request, long nowNanos) {
    ledger.firstToken(log.bookingOf((int) request), nowNanos);
    log.firstToken((int) request, nowNanos);
  }

  @Override
  public void finished(long request, long nowNanos) {
    ledger.finish(log.bookingOf((int) request), nowNanos);
  }

  @Override
  public void cacheChanged(List<KvEvent> events, long nowNanos) {
    sequencer.offer(numbered.batch(events), nowNanos, event -> index.apply(slot, event, nowNanos));
  }
}
