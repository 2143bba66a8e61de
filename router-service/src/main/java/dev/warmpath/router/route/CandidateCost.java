package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.List;

/**
 * One candidate as the decision saw it.
 *
 * @param target the candidate
 * @param cost lower is better
 * @param termNames names of the terms
 * @param terms the terms; their sum is the cost
 * @param overlap leading blocks that it holds
 * @param queuedPrefillTokens prompt tokens booked there that, by estimate, are left to compute
 * @param activeBlocks KV blocks of the requests there
 * @param activeRequests requests there
 * @param pace where the time of its prompt tokens comes from
 * @param chosen whether it is the choice
 */
public record CandidateCost(
    Target target,
    double cost,
    List<String> termNames,
    List<Double> terms,
    PromptOverlap overlap,
    long queuedPrefillTokens,
    long activeBlocks,
    long activeRequests,
    PaceSource pace,
    boolean chosen) {
  public CandidateCost {
    termNames = List.copyOf(termNames);
    terms = List.copyOf(terms);
  }
}
