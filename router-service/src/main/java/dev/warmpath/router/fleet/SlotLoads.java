package dev.warmpath.router.fleet;

/**
 * The load of several slots as one decision reads it, each figure once; see {@link
 * LoadLedger#read}. Reused; one thread at a time.
 */
public final class SlotLoads {
  private long[] queuedPrefillTokens = new long[0];
  private long[] requests = new long[0];
  private long[] generating = new long[0];
  private long[] activeBlocks = new long[0];

  /** Makes room. */
  void start(int slots) {
    if (requests.length < slots) {
      queuedPrefillTokens = new long[slots];
      requests = new long[slots];
      generating = new long[slots];
      activeBlocks = new long[slots];
    }
  }

  /** Takes a slot in. */
  void set(
      int index,
      long slotQueuedPrefillTokens,
      long slotRequests,
      long slotGenerating,
      long slotActiveBlocks) {
    queuedPrefillTokens[index] = slotQueuedPrefillTokens;
    requests[index] = slotRequests;
    generating[index] = slotGenerating;
    activeBlocks[index] = slotActiveBlocks;
  }

  /** Adds to what was {@link #set}. */
  void add(int index, LoadInFlight.Amount expected) {
    queuedPrefillTokens[index] += Math.round(expected.prefillTokens());
    requests[index] += Math.round(expected.requests());
    activeBlocks[index] += Math.round(expected.blocks());
  }

  /** As {@link LoadLedger#queuedPrefillTokens}. */
  public long queuedPrefillTokens(int index) {
    return queuedPrefillTokens[index];
  }

  /** As {@link LoadLedger#activeRequests(int, long)}. */
  public long requests(int index) {
    return requests[index];
  }

  /** As {@link LoadLedger#generating}. */
  public long generating(int index) {
    return generating[index];
  }

  /** As {@link LoadLedger#activeBlocks(int, long)}. */
  public long activeBlocks(int index) {
    return activeBlocks[index];
  }
}
