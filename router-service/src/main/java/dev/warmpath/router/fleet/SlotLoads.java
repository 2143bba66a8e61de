package dev.warmpath.router.fleet;

/**
 * The load of several slots as one decision reads it, each figure once; see {@link
 * LoadLedger#read}. Reused; one thread at a time.
 */
public final class SlotLoads {
  private long[] queuedPrefillTokens = new long[0];
  private long[] requests = new long[0];
  private long[] waitingPrompts = new long[0];
  private long[] activeBlocks = new long[0];

  /** Makes room. */
  void start(int slots) {
    if (requests.length < slots) {
      queuedPrefillTokens = new long[slots];
      requests = new long[slots];
      waitingPrompts = new long[slots];
      activeBlocks = new long[slots];
    }
  }

  /** Takes a slot in. */
  void set(
      int index,
      long slotQueuedPrefillTokens,
      long slotRequests,
      long slotWaitingPrompts,
      long slotActiveBlocks) {
    queuedPrefillTokens[index] = slotQueuedPrefillTokens;
    requests[index] = slotRequests;
    waitingPrompts[index] = slotWaitingPrompts;
    activeBlocks[index] = slotActiveBlocks;
  }

  /** Adds to what was {@link #set}. */
  void add(int index, LoadInFlight.Amount expected) {
    queuedPrefillTokens[index] += Math.round(expected.prefillTokens());
    long more = Math.round(expected.requests());
    requests[index] += more;
    if (expected.prefillTokens() > 0) {
      waitingPrompts[index] += more;
    }
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

  /** Booked requests whose first token has not come. */
  public long waitingPrompts(int index) {
    return waitingPrompts[index];
  }

  /** As {@link LoadLedger#activeBlocks(int, long)}. */
  public long activeBlocks(int index) {
    return activeBlocks[index];
  }
}
