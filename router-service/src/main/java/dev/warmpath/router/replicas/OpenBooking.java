package dev.warmpath.router.replicas;

/**
 * One open booking of another router. Arrays are handed over: nobody changes them.
 *
 * @param id its name at the router that made it; never 0
 * @param prefillTarget computes the prompt
 * @param decodeTarget generates; the same for aggregated workers
 * @param promptTokens tokens in the prompt
 * @param prefillTokens of them, those that are not cached on the prefill target
 * @param blockSize tokens in a block
 * @param expectedOutputTokens as the caller expects; 0 when unknown
 * @param localHashes local hashes of the prompt's leading blocks
 * @param computed whether the prompt is computed
 * @param outputTokens tokens generated so far
 */
public record OpenBooking(
    long id,
    TargetLife prefillTarget,
    TargetLife decodeTarget,
    int promptTokens,
    int prefillTokens,
    int blockSize,
    int expectedOutputTokens,
    long[] localHashes,
    boolean computed,
    int outputTokens) {

  /** The booking when it has gone on; nothing goes back. */
  OpenBooking progressed(boolean nowComputed, int nowOutputTokens) {
    return new OpenBooking(
        id,
        prefillTarget,
        decodeTarget,
        promptTokens,
        prefillTokens,
        blockSize,
        expectedOutputTokens,
        localHashes,
        computed || nowComputed,
        Math.max(outputTokens, nowOutputTokens));
  }

  /** Differs with chance 1 - 2^-64 when the id or the progress does. */
  long digest() {
    return mix(mix(id) + 2L * outputTokens + (computed ? 1 : 0));
  }

  /**
   * Finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
   */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
