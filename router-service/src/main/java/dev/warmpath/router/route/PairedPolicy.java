package dev.warmpath.router.route;

import java.util.ArrayList;
import java.util.List;

/**
 * Another policy for prefill targets, plus what the decode target that goes best with each costs:
 * so the two are chosen together. Costs the product of the two pools, so it is used only when the
 * way between workers costs something; otherwise the best decode target is the same for all.
 */
final class PairedPolicy implements Policy {
  private static final String TERM = "hand_over";

  private final Policy base;
  private final Disaggregation disaggregation;
  private final Candidates decode;
  private final List<String> terms;

  /**
   * @param decode the decode targets for the same request
   */
  PairedPolicy(Policy base, Disaggregation disaggregation, Candidates decode) {
    this.base = base;
    this.disaggregation = disaggregation;
    this.decode = decode;
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
    double[] loads = new double[decode.size()];
    for (int i = 0; i < loads.length; i++) {
      loads[i] = DecodePolicy.load(disaggregation, decode, i);
    }
    for (int i = 0; i < candidates.size(); i++) {
      double best = Double.POSITIVE_INFINITY;
      for (int j = 0; j < loads.length; j++) {
        if (loads[j] < best) {
          double way = DecodePolicy.transfer(disaggregation, candidates.target(i), decode, j);
          best = Math.min(best, loads[j] + way);
        }
      }
      costs.set(i, terms.size() - 1, best);
    }
  }
}
