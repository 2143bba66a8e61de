package dev.warmpath.router.workersim;

import dev.warmpath.indexer.event.KvEvent;
import java.util.List;

/** Takes what a rank's cache tells, in order. Must not block. */
@FunctionalInterface
public interface CacheEventSink {
  /** The cache of {@code rank} changed; the list is not to be kept. */
  void changed(int rank, List<KvEvent> events);
}
