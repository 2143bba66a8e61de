package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a request to place. */
public sealed interface RouteResult {

  /**
   * Where the request goes.
   *
   * @param target answers the request: aggregated, or the decode target
   * @param prefillTarget computes the prompt; null for aggregated workers
   * @param overlap on the target that computes the prompt
   * @param bookingId the booking; 0 when none was asked for
   * @param policy name of the policy that decided
   * @param candidates every candidate for the prompt, cheapest first; empty unless asked for
   */
  record Decision(
      Target target,
      @Nullable Target prefillTarget,
      PromptOverlap overlap,
      long bookingId,
      String policy,
      List<CandidateCost> candidates)
      implements RouteResult {
    public Decision {
      candidates = List.copyOf(candidates);
    }

    /** The target that computes the prompt. */
    public Target promptTarget() {
      return prefillTarget == null ? target : prefillTarget;
    }
  }

  /** No target. */
  enum Refusal implements RouteResult {
    /** The model has no target for one of the phases. */
    NO_TARGET,
    /** Too many bookings are open. */
    TOO_MANY_BOOKINGS
  }
}
