package dev.warmpath.router.fleet;

import dev.warmpath.indexer.event.TargetId;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who serves, at one moment. Immutable; a change of membership makes a new one. */
public final class Fleet {
  /** Nobody. */
  public static final Fleet EMPTY = new Fleet(0, List.of());

  private final long version;
  private final List<Target> targets;
  private final Map<Integer, Target> targetsBySlot;
  private final Map<TargetId, Target> targetsById;
  private final Map<String, ModelTargets> models;

  Fleet(long version, Collection<Target> targets) {
    this.version = version;
    this.targets =
        targets.stream()
            .sorted(
                Comparator.comparing((Target target) -> target.worker().id())
                    .thenComparingInt(Target::rank))
            .toList();
    this.targetsBySlot =
        this.targets.stream().collect(Collectors.toMap(Target::slot, Function.identity()));
    this.targetsById =
        this.targets.stream().collect(Collectors.toMap(Target::id, Function.identity()));
    this.models =
        this.targets.stream()
            .collect(
                Collectors.groupingBy(
                    target -> target.worker().model(),
                    Collectors.collectingAndThen(Collectors.toList(), ModelTargets::of)));
  }

  /** Grows with each change. */
  public long version() {
    return version;
  }

  /** All targets, by worker id and rank. */
  public List<Target> targets() {
    return targets;
  }

  /** Whether a target, perhaps of an earlier fleet, still serves with the caches it had then. */
  public boolean serves(Target target) {
    Target serving = targetsBySlot.get(target.slot());
    return serving != null
        && serving.rank() == target.rank()
        && serving.worker().ownsTheCachesOf(target.worker());
  }

  /** The target with a name; null when it does not serve. */
  public @Nullable Target target(TargetId id) {
    return targetsById.get(id);
  }

  /** The target at a slot; null when none serves there. */
  public @Nullable Target target(int slot) {
    return targetsBySlot.get(slot);
  }

  /** The targets of a model; null when nobody serves it. */
  public @Nullable ModelTargets model(String model) {
    return models.get(model);
  }

  /** Names of the models that somebody serves. */
  public Collection<String> models() {
    return models.keySet();
  }
}
