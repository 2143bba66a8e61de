package dev.warmpath.router.app;

import dev.warmpath.indexer.index.IndexLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How large the index may be, and how many threads write it. */
final class IndexFlags {
  @Option(
      names = "--max-index-bytes",
      paramLabel = "BYTES",
      description =
          "Bytes of all indexes; while they are used up, stored blocks are refused and their"
              + " targets stale. Default: half of the heap.")
  private @Nullable Long maxIndexBytes;

  @Option(
      names = "--max-blocks-per-target",
      paramLabel = "N",
      defaultValue = "4194304",
      description =
          "Blocks in the index of a target whose worker does not say how many it can hold.")
  private long maxBlocksPerTarget;

  @Option(
      names = "--index-threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads that apply events to the index; workers are divided among them.")
  private int indexThreads;

  @Option(
      names = "--approximate-ttl-seconds",
      paramLabel = "SECONDS",
      description =
          "How long a prompt placed on a worker that publishes no KV events counts as held there."
              + " Default: 120, or as long as it fits where the worker says how many blocks it can"
              + " hold.")
  private @Nullable Integer approximateTtlSeconds;

  /**
   * What the flags say.
   *
   * @throws IllegalArgumentException if a flag is out of its range; names flag and value
   */
  IndexOptions options() {
    long bytes = maxIndexBytes == null ? IndexBounds.halfOfTheHeap() : maxIndexBytes;
    Flags.checkAtLeast("--max-index-bytes", bytes, 1L << 20);
    Flags.checkAtLeast("--max-blocks-per-target", maxBlocksPerTarget, 1);
    Flags.checkAtMost(
        "--max-blocks-per-target", maxBlocksPerTarget, IndexLimits.MOST_BLOCKS_PER_TARGET);
    Flags.checkAtLeast("--index-threads", indexThreads, 1);
    Flags.checkAtMost("--index-threads", indexThreads, IndexOptions.MOST_THREADS);
    Integer ttlSeconds = approximateTtlSeconds;
    if (ttlSeconds != null) {
      Flags.checkAtLeast("--approximate-ttl-seconds", ttlSeconds, 1);
    }
    return new IndexOptions(
        IndexLimits.DEFAULT.with(maxBlocksPerTarget, bytes),
        indexThreads,
        ttlSeconds == null ? null : Duration.ofSeconds(ttlSeconds));
  }
}
