package dev.warmpath.router.testing;

import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.Target;

/** Nothing refers to slots, so that they are free at once. */
public final class ReleasingListener implements FleetListener {
  @Override
  public void joined(Target target) {}

  @Override
  public void left(Target target, Runnable released) {
    released.run();
  }
}
