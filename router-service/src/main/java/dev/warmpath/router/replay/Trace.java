package dev.warmpath.router.replay;

import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.List;

/**
 * Requests in the order of their arrival; several may arrive at one instant. Immutable.
 *
 * @param blockSize tokens in a block
 * @param requests at least one
 */
public record Trace(int blockSize, List<TraceRequest> requests) {
  public Trace {
    if (blockSize < 1) {
      throw new IllegalArgumentException("blockSize must be at least 1: " + blockSize);
    }
    requests = List.copyOf(requests);
    if (requests.isEmpty()) {
      throw new IllegalArgumentException("the trace has no requests");
    }
    requireArrivalOrder(requests);
  }

  private static void requireArrivalOrder(List<TraceRequest> requests) {
    long previous = 0;
    for (TraceRequest request : requests) {
      if (request.arrivalNanos() < previous) {
        throw new IllegalArgumentException(
            "arrival %d ns falls behind %d ns".formatted(request.arrivalNanos(), previous));
      }
      previous = request.arrivalNanos();
    }
  }

  /** From the first arrival to the last, nanoseconds. */
  public long durationNanos() {
    return requests.getLast().arrivalNanos() - requests.getFirst().arrivalNanos();
  }

  /** Tokens of all prompts. */
  public long inputTokens() {
    return requests.stream().mapToLong(request -> request.prompt().tokens()).sum();
  }

  /** Blocks of all prompts. */
  public long blocks() {
    return requests.stream().mapToLong(request -> request.prompt().blocks()).sum();
  }

  /** Blocks that differ in their tokens or in anything before them. */
  public long distinctBlocks() {
    LongOpenHashSet distinct = new LongOpenHashSet();
    for (TraceRequest request : requests) {
      for (long sequenceHash : request.prompt().sequenceHashes()) {
        distinct.add(sequenceHash);
      }
    }
    return distinct.size();
  }
}
