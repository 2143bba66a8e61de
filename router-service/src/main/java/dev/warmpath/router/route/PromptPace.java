package dev.warmpath.router.route;

import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.PrefillLessons;
import dev.warmpath.router.fleet.SlotLessons;
import java.util.function.IntFunction;

/**
 * The time of a prompt token on each candidate of one decision. How many tokens' time a prompt
 * takes beside its tokens, {@code fixedTokens}, is told by the first tokens of all candidates: of
 * one alone it cannot be told what is its pace and what its prompts.
 */
final class PromptPace {
  private static final double NANOS_PER_MILLI = 1e6;

  private PromptPace() {}

  /** As the prompts of {@code targets} targets have it. */
  static double fixedTokens(int targets, IntFunction<PrefillLessons> lessonsOf) {
    PrefillLessons all = PrefillLessons.NONE;
    for (int i = 0; i < targets; i++) {
      all = all.plus(lessonsOf.apply(i));
    }
    return all.fixedTokens();
  }

  /** Of a candidate, given or learnt, milliseconds; 0 when it is not known. */
  static double millisPerToken(
      WorkerFigures workers, SlotLessons lessons, int index, double fixedTokens) {
    double given = workers.prefillNanosPerToken(index);
    return (given > 0 ? given : lessons.nanosPerToken(index, fixedTokens)) / NANOS_PER_MILLI;
  }

  /** Of a target, given or learnt, milliseconds; 0 when it is not known. */
  static double millisPerToken(CostCoefficients costs, PrefillLessons lessons, double fixedTokens) {
    double given = costs.prefillNanosPerToken();
    return (given > 0 ? given : lessons.nanosPerToken(fixedTokens)) / NANOS_PER_MILLI;
  }
}
