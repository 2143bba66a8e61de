package dev.warmpath.router.admin;

import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.ModelTargets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process lives, and whether it can route. Any thread may ask.
 *
 * @param indexThreadAlive whether the thread that owns the index runs
 * @param membershipListed whether the fleet was read in full at least once
 * @param fleet who serves
 */
public record Health(
    BooleanSupplier indexThreadAlive, BooleanSupplier membershipListed, Supplier<Fleet> fleet) {
  /** 200 while the process does its work; restart it otherwise. */
  Page healthz() {
    return page(troubles());
  }

  /** 200 while requests can be routed; send them elsewhere otherwise. */
  Page readyz() {
    List<String> reasons = new ArrayList<>(troubles());
    if (!membershipListed.getAsBoolean()) {
      reasons.add("membership: the workers have not been listed yet");
    }
    if (!hasRoutableModel(fleet.get())) {
      reasons.add("fleet: no model has a target for each phase");
    }
    return page(reasons);
  }

  private List<String> troubles() {
    return indexThreadAlive.getAsBoolean()
        ? List.of()
        : List.of("index: the thread that owns the index has ended");
  }

  private static boolean hasRoutableModel(Fleet fleet) {
    return fleet.models().stream().map(fleet::model).anyMatch(Health::canServe);
  }

  private static boolean canServe(@Nullable ModelTargets targets) {
    return targets != null && targets.canServe();
  }

  private static Page page(List<String> reasons) {
    return reasons.isEmpty() ? Page.text(200, "ok") : Page.text(503, String.join("\n", reasons));
  }
}
