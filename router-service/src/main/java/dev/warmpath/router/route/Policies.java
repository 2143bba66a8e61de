package dev.warmpath.router.route;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The policies that a request or a flag can name. */
public enum Policies implements Policy {
  /** Least expected delay, met and caused, in milliseconds. */
  KV(new KvPolicy()),
  /** One after the other. */
  ROUND_ROBIN(new RoundRobinPolicy()),
  /** Any, with equal chance. */
  RANDOM(new RandomPolicy()),
  /** Of two drawn by chance the one with fewer requests. */
  POWER_OF_TWO(new PowerOfTwoPolicy()),
  /** Fewest prompt and output tokens outstanding. */
  LEAST_LOADED(new LeastLoadedPolicy()),
  /** Prefill left to do times requests. */
  LMETRIC(new LmetricPolicy()),
  /** Whatever target the request pins. */
  DIRECT(new DirectPolicy());

  @SuppressWarnings("ImmutableEnumChecker") // The policies have no state.
  private final Policy policy;

  Policies(Policy policy) {
    this.policy = policy;
  }

  @Override
  public String policyName() {
    return policy.policyName();
  }

  @Override
  public List<String> terms() {
    return policy.terms();
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    policy.price(candidates, costs);
  }

  /** The policy with a name; null when there is none. */
  public static @Nullable Policy named(String name) {
    return Arrays.stream(values())
        .filter(policy -> policy.policyName().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(Policies::policyName).collect(Collectors.joining(", "));
  }
}
