package dev.warmpath.router.replay.engine;

import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedCache.Fetched;

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
  private Fetched fetched = Fetched.NONE;
  private int cachedTokens;
  private int leftToCompute;
  private int chunk;

  /** Tokens of the answer that were there when it was preempted last. */
  private int generated;

  private boolean wasPreempted;
  private int preemptions;
  private boolean promptComputed;

  private long promptStartNanos;
  private long promptEndNanos;
  private long readyNanos;
  private long firstTokenNanos;
  private long finishNanos;

  private long joinStep;
  private long finishStep;
  private int joinContext;
  private boolean grows;

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

  /** Leading blocks that were in the cache when the prompt's turn came, on any tier. */
  public int cachedBlocks() {
    return cachedBlocks;
  }

  /** Of the cached blocks, those that were fetched from slower tiers. */
  public Fetched fetched() {
    return fetched;
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

  /** How often it was preempted since KV memory was full, restarts or not. */
  public int preemptions() {
    return preemptions;
  }

  /** Takes the request back to before anything happened, but for its arrival and preemptions. */
  public void restart() {
    generated = 0;
    wasPreempted = false;
    cachedBlocks = 0;
    fetched = Fetched.NONE;
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

  /** Whether some of its answer was there when it was preempted last. */
  boolean continuesAnswer() {
    return generated > 0;
  }

  /** Tokens of the answer that were there when it was preempted last. */
  int generated() {
    return generated;
  }

  /** Tokens whose KV has to be there before it decodes: prompt, and what it continues. */
  int knownTokens() {
    return prompt.tokens() + generated;
  }

  /**
   * At least one token of a prompt is always computed; after a preemption, what was generated is,
   * too. What is told of the prompt is of the first time.
   */
  void startPrompt(int onDevice, Fetched brought, int blockSize, long nowNanos) {
    int blocks = onDevice + brought.blocks();
    int cached = Math.min(prompt.tokensIn(blocks, blockSize), knownTokens() - 1);
    leftToCompute = knownTokens() - cached;
    if (!wasPreempted) {
      cachedBlocks = blocks;
      fetched = brought;
      cachedTokens = cached;
      promptStartNanos = nowNanos;
    }
  }

  /**
   * It has to give its KV memory to others, and will compute again what is not cached.
   *
   * @param tokens tokens of the answer that are there
   */
  void preempt(int tokens) {
    generated = tokens;
    wasPreempted = true;
    preemptions++;
    chunk = 0;
    promptComputed = false;
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
    double before = (double) knownTokens() - leftToCompute;
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
    if (!continuesAnswer()) {
      promptEndNanos = nowNanos;
      readyNanos = nowNanos;
    }
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

  long joinStep() {
    return joinStep;
  }

  /** Whether its KV memory grows with its answer. */
  boolean grows() {
    return grows;
  }

  void grows(boolean now) {
    grows = now;
  }

  /** Tokens of context that it has after some steps. */
  long contextAt(long step) {
    return joinContext + (step - joinStep);
  }
}
