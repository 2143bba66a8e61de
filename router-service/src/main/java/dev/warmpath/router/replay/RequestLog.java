package dev.warmpath.router.replay;

import java.util.Arrays;

/** What happened to each request of a trace under one policy. One thread. */
final class RequestLog {
  private final Trace trace;
  private final long[] ttftNanos;
  private final long[] prefilledTokens;
  private long hitBlocks;
  private long hitTokens;

  RequestLog(Trace trace, int slotLimit) {
    this.trace = trace;
    this.ttftNanos = new long[trace.requests().size()];
    this.prefilledTokens = new long[slotLimit];
  }

  void prefillStarted(int request, int slot, int cachedBlocks, int computedTokens) {
    Prompt prompt = trace.requests().get(request).prompt();
    hitBlocks += cachedBlocks;
    hitTokens += prompt.tokensIn(cachedBlocks, trace.blockSize());
    prefilledTokens[slot] += computedTokens;
  }

  void firstToken(int request, long nowNanos) {
    ttftNanos[request] = nowNanos - trace.requests().get(request).arrivalNanos();
  }

  PolicyReport report(String policy) {
    double busiest = Arrays.stream(prefilledTokens).max().orElseThrow();
    double mean = Arrays.stream(prefilledTokens).average().orElseThrow();
    return new PolicyReport(
        policy,
        (double) hitBlocks / trace.blocks(),
        (double) hitTokens / trace.inputTokens(),
        LatencySummary.of(ttftNanos),
        busiest / mean);
  }
}
