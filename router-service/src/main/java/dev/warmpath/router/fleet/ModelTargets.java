package dev.warmpath.router.fleet;

import dev.warmpath.indexer.block.BlockHasher;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The targets of one model, by role. Each list goes by rank and then by worker id: whoever takes
 * them in turn visits every worker before coming to a worker's next rank, so that requests in a row
 * do not meet in one engine. Immutable.
 *
 * @param model the model's name
 * @param hasher hashes prompts into this model's blocks
 * @param aggregated targets that do both phases
 * @param prefill targets that compute prompts
 * @param decode targets that generate
 */
public record ModelTargets(
    String model,
    BlockHasher hasher,
    List<Target> aggregated,
    List<Target> prefill,
    List<Target> decode) {
  private static final Comparator<Target> WORKERS_IN_TURN =
      Comparator.comparingInt(Target::rank).thenComparing((Target target) -> target.worker().id());

  public ModelTargets {
    aggregated = List.copyOf(aggregated);
    prefill = List.copyOf(prefill);
    decode = List.copyOf(decode);
  }

  static ModelTargets of(List<Target> targets) {
    Worker any = targets.getFirst().worker();
    List<Target> aggregated = new ArrayList<>();
    List<Target> prefill = new ArrayList<>();
    List<Target> decode = new ArrayList<>();
    for (Target target : targets.stream().sorted(WORKERS_IN_TURN).toList()) {
      switch (target.worker().role()) {
        case AGGREGATED -> aggregated.add(target);
        case PREFILL -> prefill.add(target);
        case DECODE -> decode.add(target);
      }
    }
    BlockHasher hasher = new BlockHasher(any.blockSize(), any.eagle());
    return new ModelTargets(any.model(), hasher, aggregated, prefill, decode);
  }

  /** Tokens in a block of this model. */
  public int blockSize() {
    return hasher.blockSize();
  }

  /** Whether blocks of this model overlap by one token. */
  public boolean eagle() {
    return Stream.of(aggregated, prefill, decode)
        .flatMap(List::stream)
        .anyMatch(target -> target.worker().eagle());
  }

  /** Whether there are both prefill and decode targets. */
  public boolean hasPools() {
    return !prefill.isEmpty() && !decode.isEmpty();
  }

  /** Whether some target, or some pair of them, can serve a request. */
  public boolean canServe() {
    return !aggregated.isEmpty() || hasPools();
  }
}
