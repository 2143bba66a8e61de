package dev.warmpath.router.route;

import dev.warmpath.router.fleet.PrefillLessons;

/**
 * The time of a prompt token on each candidate of one decision.
 *
 * @param fixedTokens how many tokens' time a prompt takes beside its tokens, by the first tokens of
 *     all candidates: of one alone it cannot be told what is its pace and what its prompts
 */
record PromptPace(double fixedTokens) {
  private static final double NANOS_PER_MILLI = 1e6;

  /** As the prompts of all candidates have it. */
  static PromptPace of(Candidates candidates) {
    double prompts = 0;
    double tokens = 0;
    double nanos = 0;
    double inverseTokens = 0;
    double nanosPerToken = 0;
    for (int i = 0; i < candidates.size(); i++) {
      PrefillLessons lessons = candidates.prefillLessons(i);
      prompts += lessons.prompts();
      tokens += lessons.tokens();
      nanos += lessons.nanos();
      inverseTokens += lessons.inverseTokens();
      nanosPerToken += lessons.nanosPerToken();
    }
    return new PromptPace(
        new PrefillLessons(prompts, tokens, nanos, inverseTokens, nanosPerToken).fixedTokens());
  }

  /** Of a candidate, given or learnt, milliseconds; 0 when it is not known. */
  double millisPerToken(Candidates candidates, int index) {
    double given = candidates.given(index).prefillNanosPerToken();
    double nanos = given > 0 ? given : candidates.prefillLessons(index).nanosPerToken(fixedTokens);
    return nanos / NANOS_PER_MILLI;
  }
}
