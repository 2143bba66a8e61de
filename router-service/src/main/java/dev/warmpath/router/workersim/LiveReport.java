package dev.warmpath.router.workersim;

import java.util.List;

/**
 * What a live run came to.
 *
 * @param requests every request, in the order of their arrival
 */
public record LiveReport(List<LiveRequest> requests) {
  private static final double NANOS_PER_MILLI = 1e6;

  public LiveReport {
    requests = List.copyOf(requests);
  }

  /** Requests whose last token came. */
  public long answered() {
    return requests.stream().filter(LiveRequest::answered).count();
  }

  /** Requests that had to be routed more than once. */
  public long retried() {
    return requests.stream().filter(request -> request.attempts() > 1).count();
  }

  /** Share of the prompts' tokens that needed no computation, 0 to 1. */
  public double tokenHitRate() {
    long input = requests.stream().mapToLong(LiveRequest::inputTokens).sum();
    long cached = requests.stream().mapToLong(LiveRequest::cachedTokens).sum();
    return input == 0 ? 0 : (double) cached / input;
  }

  /** Mean time to first token of the answered requests, engine milliseconds. */
  public double meanTtftMs() {
    return requests.stream()
            .filter(LiveRequest::answered)
            .mapToLong(LiveRequest::ttftNanos)
            .average()
            .orElse(0)
        / NANOS_PER_MILLI;
  }

  /**
   * A percentile of the time to first token by nearest rank, engine milliseconds.
   *
   * @param percent above 0, at most 100
   */
  public double ttftMs(double percent) {
    long[] sorted =
        requests.stream()
            .filter(LiveRequest::answered)
            .mapToLong(LiveRequest::ttftNanos)
            .sorted()
            .toArray();
    if (sorted.length == 0) {
      return 0;
    }
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(0, rank - 1)] / NANOS_PER_MILLI;
  }
}
