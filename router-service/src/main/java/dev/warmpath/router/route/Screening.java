package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The targets that some filters admit, and those that they leave out. Immutable.
 *
 * <p>A LoRA adapter narrows and never refuses: when a target that is otherwise admitted has it
 * loaded, those without it are left out; when none has, all stay, since an engine can load an
 * adapter on its first request.
 *
 * @param admitted may be chosen; the list that came in, when nobody was left out
 * @param excluded may not, each with the first filter that says so
 * @param only the one target that will do; null when any will
 */
record Screening(List<Target> admitted, List<Excluded> excluded, @Nullable Target only) {

  private Screening(List<Target> admitted, List<Excluded> excluded) {
    this(admitted, excluded, null);
  }

  /** A target that a filter left out. */
  record Excluded(Target target, Filter by) {}

  static Screening of(List<Target> targets, List<Filter> filters, String lora, TargetFacts facts) {
    return all(targets).without(filters, 0, filters.size(), facts).narrowedTo(lora, facts);
  }

  /** Before any filter. */
  static Screening all(List<Target> targets) {
    return new Screening(targets, List.of());
  }

  /** What is left when filters {@code from} to {@code to - 1} of a list come, too. */
  Screening without(List<Filter> filters, int from, int to, TargetFacts facts) {
    Screening screening = this;
    for (int i = from; i < to; i++) {
      screening = screening.without(filters.get(i), facts);
    }
    return screening;
  }

  private Screening without(Filter filter, TargetFacts facts) {
    int kept = 0;
    while (kept < admitted.size() && filter.admits(admitted.get(kept), facts)) {
      kept++;
    }
    if (kept == admitted.size()) {
      return this;
    }
    List<Target> left = new ArrayList<>(admitted.subList(0, kept));
    List<Excluded> out = new ArrayList<>(excluded);
    out.add(new Excluded(admitted.get(kept), filter));
    for (Target target : admitted.subList(kept + 1, admitted.size())) {
      if (filter.admits(target, facts)) {
        left.add(target);
      } else {
        out.add(new Excluded(target, filter));
      }
    }
    return new Screening(left, out);
  }

  /** What is left for an adapter; empty for none. */
  Screening narrowedTo(String lora, TargetFacts facts) {
    if (lora.isEmpty()) {
      return this;
    }
    Screening narrower = without(new Filter.Lora(lora), facts);
    return narrower.admitted.isEmpty() ? this : narrower;
  }

  /** Whether somebody is left. */
  boolean anybody() {
    return !admitted.isEmpty();
  }

  /** What becomes of a request for which nobody is left. */
  AllExcluded refusal() {
    return new AllExcluded(
        excluded.getFirst().target().worker().role(), counts(), isAboutLoadAlone());
  }

  /** Whether somebody who would do was left out for load: filters of load come after the others. */
  private boolean isAboutLoadAlone() {
    return excluded.stream()
        .filter(out -> only == null || isOnly(out.target()))
        .anyMatch(out -> out.by().isAboutLoad());
  }

  private boolean isOnly(Target target) {
    return only != null && target.slot() == only.slot() && SlotLife.same(target, only);
  }

  /**
   * What is left when a session stays on its target. When some filter leaves that target out, a
   * soft session moves on; a hard one leaves nobody, unless its target drains or is not there. A
   * hard session's target that only lacks the LoRA adapter loads it.
   */
  Screening onSession(Target target, Session session, TargetFacts facts) {
    Filter stays = new Filter.SessionTarget(target);
    if (session.hard() && lacksOnlyLora(stays, facts)) {
      return beforeLora().without(stays, facts);
    }
    Screening narrower = without(stays, facts);
    boolean held =
        session.hard()
            && excluded.stream()
                .filter(out -> stays.admits(out.target(), facts))
                .anyMatch(out -> !(out.by() instanceof Filter.Draining));
    if (held) {
      return new Screening(narrower.admitted, narrower.excluded, target);
    }
    return narrower.admitted.isEmpty() ? this : narrower;
  }

  private boolean lacksOnlyLora(Filter stays, TargetFacts facts) {
    return excluded.stream()
        .anyMatch(out -> out.by() instanceof Filter.Lora && stays.admits(out.target(), facts));
  }

  private Screening beforeLora() {
    List<Target> all = new ArrayList<>(admitted);
    List<Excluded> others = new ArrayList<>();
    for (Excluded out : excluded) {
      if (out.by() instanceof Filter.Lora) {
        all.add(out.target());
      } else {
        others.add(out);
      }
    }
    return new Screening(all, others);
  }

  /** How many each filter left out, in the order of the filters. */
  Map<Filter, Integer> counts() {
    return excluded.stream()
        .collect(Collectors.toMap(Excluded::by, _ -> 1, Integer::sum, LinkedHashMap::new));
  }
}
