package dev.warmpath.router.route;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import java.util.function.IntPredicate;

/**
 * What is known of targets at one moment: a view on the ledger and on the state of the index. Moved
 * from moment to moment; one thread at a time.
 */
public final class TargetFacts {
  private final LoadLedger ledger;
  private final IntPredicate stale;
  private long nowNanos;

  /**
   * @param ledger their load
   * @param stale whether the index may be behind a slot's target
   * @param nowNanos the moment
   */
  public TargetFacts(LoadLedger ledger, IntPredicate stale, long nowNanos) {
    this.ledger = ledger;
    this.stale = stale;
    this.nowNanos = nowNanos;
  }

  /** Goes to another moment. */
  void moveTo(long otherNanos) {
    nowNanos = otherNanos;
  }

  long nowNanos() {
    return nowNanos;
  }

  boolean isStale(Target target) {
    return stale.test(target.slot());
  }

  long activeBlocks(Target target) {
    return ledger.activeBlocks(target.slot(), nowNanos);
  }

  long activeRequests(Target target) {
    return ledger.activeRequests(target.slot(), nowNanos);
  }

  long queuedPrefillTokens(Target target) {
    return ledger.queuedPrefillTokens(target.slot(), nowNanos);
  }
}
