package dev.warmpath.router.route;

/**
 * What a decode target needs to take over a prompt.
 *
 * @param blocks KV blocks that have to travel: those of the prompt, the last one in part, without
 *     those that the decode target holds
 */
public record HandOver(int blocks) {

  /**
   * A room in which the two targets meet, as SGLang's engines do: not negative, unlike that of
   * another seed but for chance, and congruent to the rank of the prefill target modulo its ranks,
   * from which the engine learns the rank.
   *
   * @param seed such as the booking id
   * @param rank of the prefill target
   * @param ranks of the prefill worker
   */
  public static long room(long seed, int rank, int ranks) {
    long any = SplitMix64.mix(seed) >>> 1;
    long room = any - Math.floorMod(any, ranks) + rank;
    return room >= 0 ? room : room - ranks;
  }
}
