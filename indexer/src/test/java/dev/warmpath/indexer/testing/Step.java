package dev.warmpath.indexer.testing;

import dev.warmpath.indexer.event.KvEvent;
import java.util.Arrays;

/** One thing that is done to an index. */
public sealed interface Step {
  /** The slot that changes. */
  int slot();

  /** When it happens, nanoseconds; never falls from step to step. */
  long nowNanos();

  /** A target's event arrives. */
  record Apply(int slot, KvEvent event, long nowNanos) implements Step {
    @Override
    public String toString() {
      return "t=%d slot %d %s".formatted(nowNanos, slot, text(event));
    }
  }

  /** The target leaves. */
  record Release(int slot, long nowNanos) implements Step {}

  /** Blocks that have waited too long are dropped. */
  record Expire(int slot, long nowNanos) implements Step {}

  private static String text(KvEvent event) {
    return switch (event) {
      case KvEvent.Stored stored ->
          "stored %s after %s, local %s, %s"
              .formatted(
                  hex(stored.engineHashes()),
                  stored.hasParent() ? Long.toHexString(stored.parentHash()) : "root",
                  Arrays.toString(stored.localHashes()),
                  stored.tier());
      case KvEvent.Removed removed ->
          "removed %s, %s".formatted(hex(removed.engineHashes()), removed.tier());
      case KvEvent.Cleared _ -> "cleared";
    };
  }

  private static String hex(long[] hashes) {
    return Arrays.stream(hashes).mapToObj(Long::toHexString).toList().toString();
  }
}
