package dev.warmpath.router.replay;

/**
 * What a {@link TraceSynthesizer} makes.
 *
 * @param requests how many requests, at least 1
 * @param blockSize tokens in a block, at least 1
 * @param arrivals how requests come in time
 * @param requestsPerSecond mean rate, above 0
 * @param prefixes nodes of the tree of shared prefixes, at least 1
 * @param zipfExponent how unequal their popularity is; 0 for equal
 * @param openSessions conversations that go on at the same time, at least 1
 * @param meanTurns requests of a conversation on average, at least 1
 * @param seed where all chance comes from
 */
public record SynthesisOptions(
    int requests,
    int blockSize,
    Arrivals arrivals,
    double requestsPerSecond,
    int prefixes,
    double zipfExponent,
    int openSessions,
    double meanTurns,
    long seed) {

  /** How requests come in time. */
  public enum Arrivals {
    /** Each on its own, with exponential gaps. */
    POISSON,
    /**
     * In groups of {@link TraceSynthesizer#MEAN_BURST_REQUESTS} on average, each at one instant.
     */
    BURSTY
  }

  public SynthesisOptions {
    require(requests >= 1, "requests must be at least 1: " + requests);
    require(blockSize >= 1, "blockSize must be at least 1: " + blockSize);
    require(
        requestsPerSecond > 0 && requestsPerSecond < Double.POSITIVE_INFINITY,
        "requestsPerSecond must be above 0: " + requestsPerSecond);
    require(prefixes >= 1, "prefixes must be at least 1: " + prefixes);
    require(
        zipfExponent >= 0 && zipfExponent < Double.POSITIVE_INFINITY,
        "zipfExponent must not be negative: " + zipfExponent);
    require(openSessions >= 1, "openSessions must be at least 1: " + openSessions);
    require(
        meanTurns >= 1 && meanTurns < Double.POSITIVE_INFINITY,
        "meanTurns must be at least 1: " + meanTurns);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
