package dev.warmpath.router.workersim;

/** Hears how one request goes on at its engine. Called on the engine's thread; must not block. */
public interface Generation {
  /**
   * The first token is there.
   *
   * @param cachedTokens prompt tokens that needed no computation
   */
  void firstToken(int cachedTokens);

  /** More tokens are there: {@code outputTokens} in total. */
  void progress(int outputTokens);

  /** The last token is there: {@code outputTokens} in total. */
  void finished(int outputTokens);
}
