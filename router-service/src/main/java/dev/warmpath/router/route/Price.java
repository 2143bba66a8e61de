package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the chosen target costs, and who came next: enough to say why in one line.
 *
 * @param cost lower is better
 * @param termNames names of the terms
 * @param terms the terms; their sum is the cost; not changed
 * @param next the cheapest of the others; null when there is none
 * @param nextCost its cost
 */
public record Price(
    double cost, List<String> termNames, double[] terms, @Nullable Target next, double nextCost) {}
