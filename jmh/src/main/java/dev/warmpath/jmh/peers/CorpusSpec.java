package dev.warmpath.jmh.peers;

import dev.warmpath.jmh.peers.Corpus.Options;
import java.util.List;

/**
 * One corpus of the comparison.
 *
 * @param name as in the results
 * @param workers how many workers share the requests
 * @param capacity blocks that fit into the cache of each
 * @param copies how often each request of the trace comes, each time with other blocks
 * @param headFirst whether the head of a prompt is older than its tail; else the tail is evicted
 *     first
 * @param randomPermille how many of 1,000 victims are any free block instead of the oldest
 * @param refill whether a store has only the blocks that are missing; else the whole rest
 * @param publishedCrc checksum of the corpus that is made from the conversation trace
 */
record CorpusSpec(
    String name,
    int workers,
    int capacity,
    int copies,
    boolean headFirst,
    int randomPermille,
    boolean refill,
    int publishedCrc) {

  /** All of them: four whose prompts lose their tails first, then six with holes. */
  static final List<CorpusSpec> ALL =
      List.of(
          new CorpusSpec("w16c16k", 16, 16_384, 1, false, 0, false, 0x5179d7c9),
          new CorpusSpec("w16c2k", 16, 2_000, 1, false, 0, false, 0xe03cef7a),
          new CorpusSpec("w128c2k", 128, 2_000, 1, false, 0, false, 0x0e9b938f),
          new CorpusSpec("w128c16k", 128, 16_384, 8, false, 0, false, 0x4f8f4798),
          new CorpusSpec("w16c2k-head", 16, 2_000, 1, true, 0, false, 0x3e40824c),
          new CorpusSpec("w16c2k-rand", 16, 2_000, 1, false, 1_000, false, 0x5411fa88),
          new CorpusSpec("w16c16k-rand20", 16, 16_384, 1, false, 20, false, 0x2f60d174),
          new CorpusSpec("w16c2k-head-refill", 16, 2_000, 1, true, 0, true, 0x833b6e66),
          new CorpusSpec("w16c2k-rand-refill", 16, 2_000, 1, false, 1_000, true, 0xded9afe7),
          new CorpusSpec("w16c16k-rand20-refill", 16, 16_384, 1, false, 20, true, 0x74b3b3dc));

  Options options() {
    int flags = (headFirst ? 1 : 0) | randomPermille << 1 | (refill ? 1 << 16 : 0);
    return new Options(workers, capacity, copies, flags);
  }
}
