package dev.warmpath.router.route;

import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.ModelTargets;

/**
 * A request to place.
 *
 * @param targets the model's targets
 * @param index the model's index
 * @param localHashes the prompt's local hashes; not changed
 * @param blocks how many of them
 * @param promptTokens tokens in the prompt, at least 1
 * @param expectedOutputTokens tokens that will be generated, as the caller expects; 0 when unknown
 * @param policy prices the targets
 * @param rules what is asked of the choice
 * @param seed breaks ties
 * @param book whether the choice is booked
 * @param explain whether every candidate is wanted in the decision
 */
public record RouteQuery(
    ModelTargets targets,
    ShardedIndex index,
    long[] localHashes,
    int blocks,
    int promptTokens,
    int expectedOutputTokens,
    Policy policy,
    ChoiceRules rules,
    long seed,
    boolean book,
    boolean explain) {
  public RouteQuery {
    if (promptTokens < 1) {
      throw new IllegalArgumentException("prompt_tokens must be at least 1: " + promptTokens);
    }
  }

  /**
   * A query without an expectation of its output that asks nothing of the targets, to an index with
   * one writer.
   */
  public RouteQuery(
      ModelTargets targets,
      PrefixIndex index,
      long[] localHashes,
      int blocks,
      int promptTokens,
      Policy policy,
      long seed,
      boolean book,
      boolean explain) {
    this(
        targets,
        ShardedIndex.of(index),
        localHashes,
        blocks,
        promptTokens,
        0,
        policy,
        ChoiceRules.NONE,
        seed,
        book,
        explain);
  }
}
