package dev.warmpath.router.fleet;

/** Hears of targets that come and go. Called in order, one call at a time; must not block. */
public interface FleetListener {
  /** A target came; called before any request can be routed to it. */
  void joined(Target target);

  /**
   * A target went; called after it has left the fleet.
   *
   * @param released to be run, once, when nothing refers to the target's slot any more; only then
   *     may the slot name another target
   */
  void left(Target target, Runnable released);
}
