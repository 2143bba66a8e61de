package dev.warmpath.router.replay.engine;

import dev.warmpath.router.replay.Prompt;

/**
 * One request on its way through the engines. Its instants are nanoseconds, and say something from
 * when they have come. One thread.
 */
public final class Job {
  private final long number;
  private final Prompt prompt;
  private final int outputTokens;
  private final long arrivalNanos;

  private int cachedBlocks;
  private int fetchedBlocks;
  private int cachedTokens;
  private int leftToCompute;
  private int chunk;
  private boolean promptComputed;

  private long promptStartNanos;
  private long promptEndNanos;
  private long readyNanos;
  private long firstTokenNanos;
  private long finishNanos;

  private long joinStep;
  private long finishStep;
  private int joinContext;

  /**
   * A request before anything happened to it.
   *
   * @param number tells it from others, and breaks ties
   * @param outputTokens tokens to generate; at least one is
   */
  public Job(long number, Prompt prompt, int outputTokens, long arrivalNanos) {
    this.number = number;
    this.prompt = prompt;
    this.outputTokens = Math.max(1, outputTokens);
    this.arrivalNanos = arrivalNanos;
    this.leftToCompute = prompt.tokens();
  }

  /** Tells it from others. */
  public long number() {
    return number;
  }

  /** What it asks. */
  public Prompt prompt() {
    return prompt;
  }

  /** Tokens that it generates, at least 1. */
  public int outputTokens() {
    return outputTokens;
  }

  /** When it came in. */
  public long arrivalNanos() {
    return arrivalNanos;
  }

  /** Leading blocks that were in the cache when the prompt's turn came, on device or host. */
  public int cachedBlocks() {
    return cachedBlocks;
  }

  /** Of the cached blocks, those that were fetched from the host. */
  public int fetchedBlocks() {
    return fetchedBlocks;
  }

  /** Prompt tokens that were not computed. */
  public int cachedTokens() {
    return cachedTokens;
  }

  /** When its prompt's turn came. */
  public long promptStartNanos() {
    return promptStartNanos;
  }

  /** When its prompt was computed. */
  public long promptEndNanos() {
    return promptEndNanos;
  }

  /** When its KV was where it decodes. */
  public long readyNanos() {
    return readyNanos;
  }

  /** When its first token was there. */
  public long firstTokenNanos() {
    return firstTokenNanos;
  }

  /** When its last token was there. */
  public long finishNanos() {
    return finishNanos;
  }

  /** Takes the request back to before anything happened, but for its arrival. */
  public void restart() {
    cachedBlocks = 0;
    fetchedBlocks = 0;
    cachedTokens = 0;
    leftToCompute = prompt.tokens();
    promptComputed = false;
  }

  /** The KV has come to where the request decodes. */
  public void arrived(long nowNanos) {
    readyNanos = nowNanos;
  }

  boolean isPromptComputed() {
    return promptComputed;
  }

  /** At least one token of a prompt is always computed. */
  void startPrompt(int onDevice, int fetched, int blockSize, long nowNanos) {
    cachedBlocks = onDevice + fetched;
    fetchedBlocks = fetched;
    cachedTokens = Math.min(prompt.tokensIn(cachedBlocks, blockSize), prompt.tokens() - 1);
    leftToCompute = prompt.tokens() - cachedTokens;
    promptStartNanos = nowNanos;
  }

  /** Takes up to {@code budget} tokens into the step; returns how many. */
  int plan(int budget) {
    chunk = Math.min(leftToCompute, budget);
    return chunk;
  }

  int chunk() {
    return chunk;
  }

  /** Sum over the tokens of the chunk of the context before each. */
  double chunkContext() {
    double before = (double) prompt.tokens() - leftToCompute;
    return chunk * before + Series.sumBelow(chunk);
  }

  /** The step is done. Returns whether the prompt is, too. */
  boolean endChunk(long nowNanos) {
    leftToCompute -= chunk;
    chunk = 0;
    if (leftToCompute > 0) {
      return false;
    }
    promptComputed = true;
    promptEndNanos = nowNanos;
    readyNanos = nowNanos;
    return true;
  }

  void firstToken(long nowNanos) {
    firstTokenNanos = nowNanos;
  }

  void finished(long nowNanos) {
    finishNanos = nowNanos;
  }

  /**
   * Starts to decode.
   *
   * @param step steps of the worker so far
   * @param tokens tokens that are there already
   */
  void join(long step, int tokens) {
    joinStep = step;
    joinContext = prompt.tokens() + tokens;
    finishStep = step + outputTokens - tokens;
  }

  long finishStep() {
    return finishStep;
  }

  /** Tokens of context before the next token. */
  int joinContext() {
    return joinContext;
  }

  /** Tokens of context that it has after some steps. */
  long contextAt(long step) {
    return joinContext + (step - joinStep);
  }
}
