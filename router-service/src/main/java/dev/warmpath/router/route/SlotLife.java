package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;

/** Tells whether a slot still names the target that it named. */
final class SlotLife {
  private SlotLife() {}

  /** Whether two targets of one slot are one rank in one life of one worker. */
  @SuppressWarnings("ReferenceEquality") // the same object, as nearly always, is the same target
  static boolean same(Target one, Target other) {
    return one == other
        || (one.rank() == other.rank()
            && one.worker().incarnation() == other.worker().incarnation()
            && one.worker().id().equals(other.worker().id()));
  }
}
