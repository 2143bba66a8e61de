package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What became of a request to place. */
public sealed interface RouteResult {

  /**
   * Where the request goes.
   *
   * @param target answers the request: aggregated, or the decode target
   * @param prefillTarget computes the prompt; null for aggregated workers
   * @param placement how the request is split
   * @param handOver what the decode target takes over; null when one target does both phases
   * @param overlap on the target that computes the prompt
   * @param bookingId the booking; {@link #NOT_BOOKED} when none was asked for
   * @param policy name of the policy that decided
   * @param price what the target that computes the prompt costs, and who came next
   * @param candidates every candidate for the prompt, cheapest first, then every candidate for
   *     decoding alone, cheapest first; empty unless asked for
   * @param excluded every target that a filter left out; empty unless asked for
   */
  record Decision(
      Target target,
      @Nullable Target prefillTarget,
      Placement placement,
      @Nullable HandOver handOver,
      PromptOverlap overlap,
      long bookingId,
      String policy,
      Price price,
      List<CandidateCost> candidates,
      List<ExcludedTarget> excluded)
      implements RouteResult {
    /** The booking id of a decision that was not booked. */
    public static final long NOT_BOOKED = 0L;

    public Decision {
      candidates = List.copyOf(candidates);
      excluded = List.copyOf(excluded);
    }

    /** The target that computes the prompt. */
    public Target promptTarget() {
      return prefillTarget == null ? target : prefillTarget;
    }

    Decision booked(long id) {
      return new Decision(
          target,
          prefillTarget,
          placement,
          handOver,
          overlap,
          id,
          policy,
          price,
          candidates,
          excluded);
    }
  }

  /**
   * Targets there are, but filters leave out all of them.
   *
   * @param role what the targets would have done
   * @param counts how many targets each filter left out, in the order of the filters
   * @param isOverload whether a target that would do was left out for its load alone: the request
   *     may be tried later
   */
  record AllExcluded(Role role, Map<Filter, Integer> counts, boolean isOverload)
      implements RouteResult {
    public AllExcluded {
      counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
    }

    /** Such as {@code 3 draining, 2 without label zone=a}. */
    public String describe() {
      return counts.entrySet().stream()
          .map(count -> count.getValue() + " " + count.getKey().complaint())
          .collect(Collectors.joining(", "));
    }
  }

  /** No target. */
  enum Refusal implements RouteResult {
    /** The model has no target for one of the phases. */
    NO_TARGET,
    /** Too many bookings are open. */
    TOO_MANY_BOOKINGS,
    /** The chosen target left the fleet meanwhile: ask again with the fleet as it is. */
    TARGET_LEFT
  }
}
