package dev.warmpath.router.replay.rivals;

import dev.warmpath.router.route.Policy;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The policies of other routers, by name. */
public enum Rivals {
  /** NVIDIA Dynamo's default cost. */
  DYNAMO(DynamoPolicy::new),
  /** The SGLang gateway's cache-aware policy. */
  SGLANG_CACHE_AWARE(SglangCacheAwarePolicy::new),
  /** llm-d's affinity filter and token load. */
  LLM_D(LlmDPolicy::new),
  /** Preble's exploit or explore. */
  PREBLE(PreblePolicy::new);

  @SuppressWarnings("ImmutableEnumChecker") // Constructors.
  private final Supplier<Policy> maker;

  Rivals(Supplier<Policy> maker) {
    this.maker = maker;
  }

  /** A policy for one replay. */
  public Policy make() {
    return maker.get();
  }

  /** A policy for one replay by its name; null when there is none of this name. */
  public static @Nullable Policy make(String name) {
    return Arrays.stream(values())
        .map(Rivals::make)
        .filter(policy -> policy.policyName().equals(name))
        .findFirst()
        .orElse(null);
  }
}
