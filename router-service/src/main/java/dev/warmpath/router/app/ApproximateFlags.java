package dev.warmpath.router.app;

import dev.warmpath.indexer.index.ApproximateCache;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for a replay whose workers publish no KV events. */
final class ApproximateFlags {
  @Option(
      names = "--approximate",
      description =
          "No worker publishes KV events: the router goes by the prompts that it placed on each.")
  private boolean approximate;

  @Option(
      names = "--approximate-ttl-seconds",
      paramLabel = "SECONDS",
      description =
          "How long a placed prompt then counts as held. Default: as long as it fits into"
              + " --blocks.")
  private @Nullable Integer ttlSeconds;

  /**
   * How long a placed prompt counts as held; null when workers publish events.
   *
   * @throws IllegalArgumentException naming the flag and the value that does not fit
   */
  @Nullable Duration placedLife() {
    Integer seconds = ttlSeconds;
    if (seconds == null) {
      return approximate ? Duration.ofNanos(ApproximateCache.ENDLESS) : null;
    }
    Flags.checkAtLeast("--approximate-ttl-seconds", seconds, 1);
    if (!approximate) {
      throw new IllegalArgumentException("--approximate-ttl-seconds needs --approximate");
    }
    return Duration.ofSeconds(seconds);
  }
}
