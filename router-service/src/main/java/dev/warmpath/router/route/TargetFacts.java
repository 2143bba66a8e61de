package dev.warmpath.router.route;

import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import java.util.function.IntPredicate;

/**
 * What is known of targets at one moment: a view on the ledger and on the state of the index. Any
 * thread.
 *
 * @param ledger their load
 * @param stale whether the index may be behind a slot's target
 * @param nowNanos the moment
 */
public record TargetFacts(LoadLedger ledger, IntPredicate stale, long nowNanos) {
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
