package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The cheapest of some candidates, by one policy. Among equals each has the same chance. The ledger
 * changes meanwhile, so each candidate is priced once, and what is chosen, reported and explained
 * goes by that price.
 *
 * @param candidates at least one
 * @param policy prices them
 * @param choice the outcome
 * @param chosenTerms the terms of the chosen one
 * @param explainedTerms the terms of each; empty unless they are to be explained
 */
record Pick(
    Candidates candidates,
    Policy policy,
    Choice choice,
    double[] chosenTerms,
    double[][] explainedTerms) {

  static Pick from(Candidates candidates, Policy policy, boolean explain) {
    double[] terms = new double[policy.terms().size()];
    double[] chosenTerms = new double[terms.length];
    double[][] explainedTerms = new double[explain ? candidates.size() : 0][];
    Choice choice = new Choice();
    long chance = mix(candidates.seed());
    for (int i = 0; i < candidates.size(); i++) {
      policy.price(candidates, i, terms);
      choice.offer(i, sum(terms), mix(chance + i));
      if (choice.chosen() == i) {
        System.arraycopy(terms, 0, chosenTerms, 0, terms.length);
      }
      if (explain) {
        explainedTerms[i] = terms.clone();
      }
    }
    return new Pick(candidates, policy, choice, chosenTerms, explainedTerms);
  }

  Target target() {
    return candidates.target(choice.chosen());
  }

  PromptOverlap overlap() {
    return candidates.overlap(choice.chosen());
  }

  Price price() {
    Target next = choice.next() == Choice.NOBODY ? null : candidates.target(choice.next());
    return new Price(sum(chosenTerms), policy.terms(), chosenTerms, next, choice.nextCost());
  }

  /** Every candidate, cheapest first; the chosen one before its equals. Empty unless asked for. */
  List<CandidateCost> explain() {
    return IntStream.range(0, explainedTerms.length)
        .mapToObj(this::explain)
        .sorted(
            Comparator.comparingDouble(CandidateCost::cost)
                .thenComparing(CandidateCost::chosen, Comparator.reverseOrder()))
        .toList();
  }

  private CandidateCost explain(int index) {
    double[] terms = explainedTerms[index];
    return new CandidateCost(
        candidates.target(index),
        sum(terms),
        policy.terms(),
        Arrays.stream(terms).boxed().toList(),
        candidates.overlap(index),
        candidates.queuedPrefillTokens(index),
        candidates.activeBlocks(index),
        candidates.activeRequests(index),
        index == choice.chosen());
  }

  private static double sum(double[] terms) {
    double sum = 0;
    for (double term : terms) {
      sum += term;
    }
    return sum;
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
