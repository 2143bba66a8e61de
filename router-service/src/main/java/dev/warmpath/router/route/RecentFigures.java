package dev.warmpath.router.route;

/**
 * How much a {@link Router} remembers of what it has lately decided, over all models.
 *
 * @param models models of which something was booked
 * @param expectedPrompts prompts whose blocks are expected on their target, and may not be in the
 *     index yet
 * @param displacedPrompts prompts forgotten for others while they were expected, ever
 * @param promptsCutShort prompts of which only the first blocks were remembered, ever
 * @param searchesCutShort searches for expected prompts that looked at as many as they may, ever
 * @param turnoverTargets slots of which the turnover of the cache is estimated, those whose target
 *     has left included
 * @param requestsPerMinute requests booked, averaged over about a minute
 * @param prefillTokensPerSecond prompt tokens left to compute by these, averaged likewise
 */
public record RecentFigures(
    int models,
    long expectedPrompts,
    long displacedPrompts,
    long promptsCutShort,
    long searchesCutShort,
    long turnoverTargets,
    double requestsPerMinute,
    double prefillTokensPerSecond) {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MINUTE = 60e9;

  static final RecentFigures NOTHING = new RecentFigures(0, 0, 0, 0, 0, 0, 0, 0);

  static RecentFigures of(Recent recent, long nowNanos) {
    return new RecentFigures(
        1,
        recent.pending.expected(nowNanos),
        recent.pending.displaced(),
        recent.pending.cutShort(),
        recent.pending.searchesCutShort(),
        recent.turnover.targets(),
        recent.demand.requestsPerNano(nowNanos) * NANOS_PER_MINUTE,
        recent.demand.tokensPerNano(nowNanos) * NANOS_PER_SECOND);
  }

  RecentFigures plus(RecentFigures other) {
    return new RecentFigures(
        models + other.models,
        expectedPrompts + other.expectedPrompts,
        displacedPrompts + other.displacedPrompts,
        promptsCutShort + other.promptsCutShort,
        searchesCutShort + other.searchesCutShort,
        turnoverTargets + other.turnoverTargets,
        requestsPerMinute + other.requestsPerMinute,
        prefillTokensPerSecond + other.prefillTokensPerSecond);
  }
}
