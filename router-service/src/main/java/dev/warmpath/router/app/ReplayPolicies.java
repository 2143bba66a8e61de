package dev.warmpath.router.app;

import dev.warmpath.router.replay.rivals.Rivals;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** The policies that a replay can play: the router's, and those of other routers. Stateless. */
final class ReplayPolicies {
  private ReplayPolicies() {}

  /** Names of all, in the order of the help. */
  static List<String> names() {
    return Stream.concat(
            Arrays.stream(Policies.values()).filter(policy -> policy != Policies.DIRECT),
            Arrays.stream(Rivals.values()).map(Rivals::make))
        .map(Policy::policyName)
        .toList();
  }

  /**
   * The policy with a name; one of its own, where it has state.
   *
   * @throws IllegalArgumentException when a replay has none such, naming {@code --policy}
   */
  static Policy named(String name) {
    Policy offered = Policies.named(name.strip());
    if (offered == Policies.DIRECT) {
      throw new IllegalArgumentException(
          "--policy '%s' is for requests that pin a target, which those of a replay do not: choose from %s"
              .formatted(name, String.join(", ", names())));
    }
    Policy policy = offered != null ? offered : Rivals.make(name.strip());
    if (policy == null) {
      throw new IllegalArgumentException(
          "--policy '%s' is unknown: choose from %s".formatted(name, String.join(", ", names())));
    }
    return policy;
  }
}
