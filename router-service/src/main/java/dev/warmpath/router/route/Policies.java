package dev.warmpath.router.route;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The policies that a request or a flag can name. */
public enum Policies implements Policy {
  /**
   * Prefill left to compute, prefill queued and KV blocks in use, all in blocks and at equal
   * weight: NVIDIA Dynamo's default cost with static prompt load, credit 1 and no decay.
   */
  KV("kv", "prefill", "queued", "active_blocks") {
    @Override
    public void price(Candidates candidates, int index, double[] terms) {
      double blockSize = candidates.blockSize();
      terms[0] = (candidates.promptTokens() - candidates.cachedTokens(index)) / blockSize;
      terms[1] = candidates.queuedPrefillTokens(index) / blockSize;
      terms[2] = candidates.activeBlocks(index);
    }
  },

  /** One after the other. */
  ROUND_ROBIN("round_robin", "turn") {
    @Override
    public void price(Candidates candidates, int index, double[] terms) {
      terms[0] = Math.floorMod(index - candidates.turn(), (long) candidates.size());
    }
  },

  /** Any, with equal chance. */
  RANDOM("random", "chance") {
    @Override
    public void price(Candidates candidates, int index, double[] terms) {
      terms[0] = 0;
    }
  },

  /** Fewest prompt and output tokens outstanding. */
  LEAST_LOADED("least_loaded", "outstanding_tokens") {
    @Override
    public void price(Candidates candidates, int index, double[] terms) {
      terms[0] = candidates.outstandingTokens(index);
    }
  };

  private final String policyName;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
  private final List<String> termNames;

  Policies(String policyName, String... termNames) {
    this.policyName = policyName;
    this.termNames = List.of(termNames);
  }

  @Override
  public String policyName() {
    return policyName;
  }

  @Override
  public List<String> terms() {
    return termNames;
  }

  /** The policy with a name; null when there is none. */
  public static @Nullable Policy named(String name) {
    return Arrays.stream(values())
        .filter(policy -> policy.policyName.equals(name))
        .findFirst()
        .orElse(null);
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(Policies::policyName).collect(Collectors.joining(", "));
  }
}
