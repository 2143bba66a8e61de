package dev.warmpath.router.app;

import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.ingest.IngestLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the index is kept.
 *
 * @param limits its bounds
 * @param threads how many write it; workers are divided among them
 * @param placedLife how long after its last placement a block of a target that publishes no events
 *     leaves it; null for {@link IngestLimits#DEFAULT}
 */
record IndexOptions(IndexLimits limits, int threads, @Nullable Duration placedLife) {
  /** Most threads that write the index. */
  static final int MOST_THREADS = 64;

  /** Bounds of what comes to it. */
  IngestLimits ingest() {
    return placedLife == null
        ? IngestLimits.DEFAULT
        : IngestLimits.DEFAULT.withPlacedLife(placedLife.toNanos());
  }
}
