package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.List;

/**
 * Another policy, whose cost is lower on workers with preferred labels: cost times exp(-tanh(w)), w
 * being the weights of the labels that the worker has (NVIDIA Dynamo's rule for preferred taints).
 * The labels together save at most 63 % of a cost, so a preferred target that is much busier still
 * loses. A cost of 0 has nothing to save: among equals, one with preferred labels goes first.
 */
final class PreferringPolicy implements Policy {
  private static final String TERM = "preferred_labels";
  private static final double AMONG_EQUALS = 1e-9;

  private final Policy base;
  private final List<Preference> preferences;
  private final List<String> terms;

  PreferringPolicy(Policy base, List<Preference> preferences) {
    this.base = base;
    this.preferences = preferences;
    List<String> names = new ArrayList<>(base.terms());
    names.add(TERM);
    this.terms = List.copyOf(names);
  }

  @Override
  public String policyName() {
    return base.policyName();
  }

  @Override
  public List<String> terms() {
    return terms;
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    base.price(candidates, costs);
    for (int i = 0; i < candidates.size(); i++) {
      double strength = StrictMath.tanh(weight(candidates, i));
      double saved = costs.total(i) * -StrictMath.expm1(-strength);
      costs.set(i, terms.size() - 1, -saved - AMONG_EQUALS * strength);
    }
  }

  private double weight(Candidates candidates, int index) {
    double weight = 0;
    for (Preference preference : preferences) {
      if (preference.metBy(candidates.target(index).worker())) {
        weight += preference.weight();
      }
    }
    return weight;
  }
}
