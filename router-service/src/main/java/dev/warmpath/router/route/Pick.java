package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The cheapest of some candidates, by one policy. Among equals each has the same chance.
 *
 * @param candidates at least one
 * @param policy prices them
 * @param choice the outcome
 */
record Pick(Candidates candidates, Policy policy, Choice choice) {

  static Pick from(Candidates candidates, Policy policy) {
    double[] terms = new double[policy.terms().size()];
    Choice choice = new Choice();
    long chance = mix(candidates.seed());
    for (int i = 0; i < candidates.size(); i++) {
      choice.offer(i, cost(candidates, policy, i, terms), mix(chance + i));
    }
    return new Pick(candidates, policy, choice);
  }

  Target target() {
    return candidates.target(choice.chosen());
  }

  PromptOverlap overlap() {
    return candidates.overlap(choice.chosen());
  }

  Price price() {
    double[] terms = new double[policy.terms().size()];
    double cost = cost(candidates, policy, choice.chosen(), terms);
    Target next = choice.next() == Choice.NOBODY ? null : candidates.target(choice.next());
    return new Price(cost, policy.terms(), terms, next, choice.nextCost());
  }

  /** Every candidate, cheapest first; the chosen one before its equals. */
  List<CandidateCost> explain() {
    return IntStream.range(0, candidates.size())
        .mapToObj(this::explain)
        .sorted(
            Comparator.comparingDouble(CandidateCost::cost)
                .thenComparing(CandidateCost::chosen, Comparator.reverseOrder()))
        .toList();
  }

  private CandidateCost explain(int index) {
    double[] terms = new double[policy.terms().size()];
    double cost = cost(candidates, policy, index, terms);
    return new CandidateCost(
        candidates.target(index),
        cost,
        policy.terms(),
        Arrays.stream(terms).boxed().toList(),
        candidates.overlap(index),
        candidates.queuedPrefillTokens(index),
        candidates.activeBlocks(index),
        candidates.activeRequests(index),
        index == choice.chosen());
  }

  private static double cost(Candidates candidates, Policy policy, int index, double[] terms) {
    policy.price(candidates, index, terms);
    double cost = 0;
    for (double term : terms) {
      cost += term;
    }
    return cost;
  }

  /**
   * Finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
   */
  private static long mix(long seed) {
    long z = seed * 0x9E3779B97F4A7C15L + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
