package dev.warmpath.router.route;

import dev.warmpath.router.fleet.Target;
import java.util.List;

/**
 * Screens as {@link Screening#of} does, and remembers what the leading filters said that go by
 * nothing that changes: the next request finds the same targets and, unless it asks for something
 * of its own, the same filters. Reused; one thread at a time.
 */
final class LastScreening {
  /*
   * As long as one model is asked for without filters of a request's own, both lists stay the same
   * objects until fleet or settings change, and a list equals itself at once. Lists are equal only
   * when all that the remembered filters go by is.
   */
  private List<Target> targets = List.of();
  private List<Filter> filters = List.of();
  private Screening fixed = Screening.all(targets);
  private int fixedFilters;

  /** The targets that the filters, and then the adapter, admit. */
  Screening of(List<Target> asked, List<Filter> by, String lora, TargetFacts facts) {
    if (!asked.equals(targets) || !by.equals(filters)) {
      int leading = 0;
      while (leading < by.size() && by.get(leading) instanceof Filter.OfTarget) {
        leading++;
      }
      fixed = Screening.all(asked).without(by, 0, leading, facts);
      fixedFilters = leading;
    }
    targets = asked;
    filters = by;
    return fixed.without(by, fixedFilters, by.size(), facts).narrowedTo(lora, facts);
  }
}
