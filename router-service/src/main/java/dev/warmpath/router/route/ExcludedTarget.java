package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;

/**
 * A target that a filter left out, as the decision saw it.
 *
 * @param target the target
 * @param by the first filter that left it out
 * @param overlap leading blocks that it holds
 * @param queuedPrefillTokens prompt tokens booked there that, by estimate, are left to compute
 * @param activeBlocks KV blocks of the requests there
 * @param activeRequests requests there
 */
public record ExcludedTarget(
    Target target,
    Filter by,
    PromptOverlap overlap,
    long queuedPrefillTokens,
    long activeBlocks,
    long activeRequests) {}
