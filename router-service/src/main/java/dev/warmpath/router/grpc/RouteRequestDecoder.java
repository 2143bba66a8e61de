package dev.warmpath.router.grpc;

import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.route.ChoiceRules;
import dev.warmpath.router.route.ModelRouting;
import dev.warmpath.router.route.Policies;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RoutingSettings;
import dev.warmpath.v1.RouteRequest;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** A route request, checked in full, as a query. Any thread. */
final class RouteRequestDecoder {
  private static final int MAX_PRIORITY = 1_000;
  private static final int MAX_WAIT_MILLIS = 600_000;

  private final Supplier<RoutingSettings> settings;
  private final AtomicLong nextSeed;

  /**
   * @param settings how requests are placed; read once by each attempt to place one
   * @param firstSeed where the seeds of requests without an id start
   */
  RouteRequestDecoder(Supplier<RoutingSettings> settings, long firstSeed) {
    this.settings = settings;
    this.nextSeed = new AtomicLong(firstSeed);
  }

  /** Checks what can be checked without knowing the model. */
  static void checkNames(RouteRequest request) throws InvalidFieldException {
    Fields.checkModel(request.getModel());
    Fields.checkLength("request_id", request.getRequestId(), Fields.MAX_NAME_LENGTH);
    Fields.checkTokens("expected_output_tokens", request.getExpectedOutputTokens());
    if (Math.abs((long) request.getPriority()) > MAX_PRIORITY) {
      throw new InvalidFieldException(
          "priority",
          request.getPriority(),
          "must be -%d to %d, is".formatted(MAX_PRIORITY, MAX_PRIORITY));
    }
    if (Integer.toUnsignedLong(request.getMaxWaitMs()) > MAX_WAIT_MILLIS) {
      throw new InvalidFieldException(
          "max_wait_ms",
          Integer.toUnsignedString(request.getMaxWaitMs()),
          "must be %d at most, is".formatted(MAX_WAIT_MILLIS));
    }
  }

  /**
   * The query for a request to one of the fleet's models.
   *
   * @param explainOnly whether nothing is booked and every candidate is wanted, whatever the
   *     request says
   */
  RouteQuery decode(
      RouteRequest request,
      ModelTargets targets,
      ShardedIndex index,
      boolean explainOnly,
      Scratch scratch)
      throws InvalidFieldException {
    RoutingSettings routing = settings.get();
    Policy policy = policy(request.getPolicy(), routing.model(targets.model()));
    ChoiceRules rules = ChoiceRulesDecoder.decode(request, policy.policyName(), routing);
    Prompt prompt = PromptDecoder.decode(request, targets.hasher(), scratch);
    return new RouteQuery(
        targets,
        index,
        prompt.localHashes(),
        prompt.blocks(),
        prompt.tokens(),
        request.getExpectedOutputTokens(),
        policy,
        rules,
        seed(request.getRequestId()),
        !explainOnly && !request.getDryRun(),
        explainOnly || request.getExplain());
  }

  private static Policy policy(String name, ModelRouting routing) throws InvalidFieldException {
    Policy policy = name.isEmpty() ? routing.policy() : Policies.named(name);
    if (policy == null) {
      String shown = name.length() > 64 ? name.substring(0, 64) + "..." : name;
      throw new InvalidFieldException(
          "policy", "'" + shown + "'", "must be one of " + Policies.names());
    }
    return policy;
  }

  private long seed(String requestId) {
    return requestId.isEmpty() ? nextSeed.getAndIncrement() : requestId.hashCode();
  }
}
