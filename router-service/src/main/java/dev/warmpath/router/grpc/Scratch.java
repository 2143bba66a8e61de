package dev.warmpath.router.grpc;

import dev.warmpath.indexer.index.Overlaps;

/** What one thread reuses from request to request. */
final class Scratch {
  /** Longest array that is kept, hashes; a longer prompt gets one of its own. */
  private static final int KEPT_HASHES = 65_536;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final Overlaps overlaps = new Overlaps();
  private long[] hashes = new long[1_024];

  private Scratch() {}

  /** The calling thread's. Requests come on the few threads of the transport. */
  static Scratch ofThread() {
    return OF_THREAD.get();
  }

  Overlaps overlaps() {
    return overlaps;
  }

  /** An array for at least {@code count} hashes; valid until the next call. */
  long[] hashes(int count) {
    if (count > KEPT_HASHES) {
      return new long[count];
    }
    if (count > hashes.length) {
      hashes = new long[Integer.highestOneBit(count - 1) << 1];
    }
    return hashes;
  }
}
