package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.List;

/**
 * Prices decode targets for a prompt that a prefill target computes, in milliseconds: the KV blocks
 * in use there, and the way of those blocks of the prompt that it does not hold.
 */
final class DecodePolicy implements Policy {
  static final String NAME = "decode_load";
  private static final List<String> TERMS = List.of("decode_load", "transfer");

  private final Disaggregation disaggregation;
  private final Target prefill;

  DecodePolicy(Disaggregation disaggregation, Target prefill) {
    this.disaggregation = disaggregation;
    this.prefill = prefill;
  }

  @Override
  public String policyName() {
    return NAME;
  }

  @Override
  public List<String> terms() {
    return TERMS;
  }

  @Override
  public void price(Candidates candidates, Costs costs) {
    for (int i = 0; i < candidates.size(); i++) {
      costs.set(i, 0, load(disaggregation, candidates, i));
      costs.set(i, 1, transfer(disaggregation, prefill, candidates, i));
    }
  }

  static double load(Disaggregation disaggregation, Candidates decode, int index) {
    return disaggregation.decodeCost(decode.activeBlocks(index));
  }

  static double transfer(
      Disaggregation disaggregation, Target prefill, Candidates decode, int index) {
    double bytes =
        (double) decode.missingBlocks(index) * prefill.worker().handOver().bytesPerBlock();
    return disaggregation.links().millis(prefill.worker(), decode.target(index).worker(), bytes);
  }
}
