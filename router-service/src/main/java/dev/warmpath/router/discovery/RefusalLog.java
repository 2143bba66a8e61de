package dev.warmpath.router.discovery;

import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts refusals and logs each source and reason once, however often it comes; remembers the last
 * {@value #MAX_REMEMBERED}. Not thread-safe.
 */
final class RefusalLog {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);
  private static final int MAX_REMEMBERED = 1_024;
  private static final int MAX_LOGGED_LENGTH = 300;

  private final DiscoveryCounters counters;
  private final Map<String, Boolean> seen =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  RefusalLog(DiscoveryCounters counters) {
    this.counters = counters;
  }

  /** {@code source} was found to be bad just now. */
  void refused(String source, RefusalKind kind, String reason) {
    counters.countRefusal(kind);
    logOnce(source, kind, reason);
  }

  /** {@code source} is bad, and may have been when it was looked at before: counts once only. */
  void stillRefused(String source, RefusalKind kind, String reason) {
    if (logOnce(source, kind, reason)) {
      counters.countRefusal(kind);
    }
  }

  private boolean logOnce(String source, RefusalKind kind, String reason) {
    String line = Printable.of(source + ": " + reason, MAX_LOGGED_LENGTH);
    boolean first = seen.put(line, true) == null;
    if (first) {
      LOG.warn("refused {} ({})", line, kind);
    }
    return first;
  }
}
