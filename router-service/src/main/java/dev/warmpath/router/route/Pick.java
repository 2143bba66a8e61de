package dev.warmpath.router.route;

import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Finds the cheapest of some candidates, by one policy. Among equals each has the same chance. The
 * ledger changes meanwhile, so each candidate is priced once, and what is chosen, reported and
 * explained goes by that price. Reused from decision to decision; one thread at a time.
 */
@SuppressWarnings("NullAway.Init") // choose comes first
final class Pick {
  private final Candidates candidates;
  private final Costs costs = new Costs();
  private final Choice choice = new Choice();

  /** The policy that prices: the one that was asked for, and preferences of the request on top. */
  private Policy pricing;

  Pick(LoadLedger ledger) {
    this.candidates = new Candidates(ledger);
  }

  /** Picks one of {@code targets}; before this call there is nothing to ask for. */
  Pick choose(
      RouteQuery query,
      List<Target> targets,
      Overlaps overlaps,
      Recent recent,
      Policy policy,
      long nowNanos) {
    List<Preference> preferences = query.rules().preferences();
    pricing = preferences.isEmpty() ? policy : new PreferringPolicy(policy, preferences);
    candidates.start(query, targets, overlaps, recent, nowNanos);
    costs.start(candidates.size(), pricing.terms().size());
    pricing.price(candidates, costs);
    choice.start();
    long chance = SplitMix64.mix(candidates.seed());
    double[] totals = costs.totals();
    for (int i = 0; i < candidates.size(); i++) {
      choice.offer(i, totals[i], chance);
    }
    if (query.rules().temperature() > 0) {
      long drawSeed = SplitMix64.mix(candidates.seed()) + policy.policyName().hashCode();
      int drawn = Sampling.draw(costs, query.rules().temperature(), drawSeed);
      choice.draw(drawn, costs.total(drawn));
    }
    return this;
  }

  Target target() {
    return candidates.target(choice.chosen());
  }

  PromptOverlap overlap() {
    return candidates.overlap(choice.chosen());
  }

  /** Blocks that the choice is expected to find. */
  int expectedBlocks() {
    return candidates.expectedBlocks(choice.chosen());
  }

  /** Tokens that the choice is expected to compute. */
  int expectedUncachedTokens() {
    return candidates.expectedUncachedTokens(choice.chosen());
  }

  /** Cost of the choice. */
  double cost() {
    return costs.total(choice.chosen());
  }

  /** The same without one term, if the policy has it. */
  double costWithout(String term) {
    int at = pricing.terms().indexOf(term);
    return at < 0 ? cost() : cost() - costs.term(choice.chosen(), at);
  }

  /** Blocks of the prompt that the choice does not hold, the last one in part. */
  int missingBlocks() {
    return candidates.missingBlocks(choice.chosen());
  }

  Price price() {
    Target next = choice.next() == Choice.NOBODY ? null : candidates.target(choice.next());
    int chosen = choice.chosen();
    return new Price(
        costs.total(chosen), pricing.terms(), costs.terms(chosen), next, choice.nextCost());
  }

  /** Every candidate, cheapest first; the chosen one before its equals. */
  List<CandidateCost> explain() {
    boolean paceKnown = candidates.meanPrefillMillisPerToken() > 0;
    return IntStream.range(0, candidates.size())
        .mapToObj(index -> explain(index, paceKnown))
        .sorted(
            Comparator.comparingDouble(CandidateCost::cost)
                .thenComparing(CandidateCost::chosen, Comparator.reverseOrder()))
        .toList();
  }

  private CandidateCost explain(int index, boolean paceKnown) {
    return new CandidateCost(
        candidates.target(index),
        costs.total(index),
        pricing.terms(),
        Arrays.stream(costs.terms(index)).boxed().toList(),
        candidates.overlap(index),
        candidates.queuedPrefillTokens(index),
        candidates.activeBlocks(index),
        candidates.activeRequests(index),
        candidates.paceSource(index, paceKnown),
        index == choice.chosen());
  }
}
