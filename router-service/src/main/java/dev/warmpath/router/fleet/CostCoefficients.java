package dev.warmpath.router.fleet;

import java.util.OptionalDouble;

/**
 * What work costs on a rank of a worker, as its operator knows it. A fetch or an interference of 0
 * costs nothing; empty, it is not given.
 *
 * @param prefillTokensPerSecond prompt tokens that it computes in a second; to a billion; 0 when it
 *     is not given: a worker that computes nothing has no pace
 * @param prefillMillisPerRequest what a prompt takes beside its tokens, milliseconds; to a minute;
 *     0 when it is not given, which costs the same
 * @param hostFetchMillisPerBlock what a block takes from the host's memory, milliseconds; 0 to a
 *     minute
 * @param diskFetchMillisPerBlock what a block takes from disk or an external store, milliseconds; 0
 *     to a minute
 * @param decodeInterference delay for each millisecond of prefill and each request that is there,
 *     on a decode worker on any of its ranks: decoding slows the prefill, the prefill stalls the
 *     decoding; 0 to 10
 */
public record CostCoefficients(
    double prefillTokensPerSecond,
    double prefillMillisPerRequest,
    OptionalDouble hostFetchMillisPerBlock,
    OptionalDouble diskFetchMillisPerBlock,
    OptionalDouble decodeInterference) {
  /** Says nothing. */
  public static final CostCoefficients UNKNOWN = new CostCoefficients(0, 0, 0, 0, 0);

  private static final double MAX_TOKENS_PER_SECOND = 1e9;
  private static final double MAX_MILLIS = 60_000;
  private static final double MAX_INTERFERENCE = 10;
  private static final double NANOS_PER_SECOND = 1e9;

  public CostCoefficients {
    check("prefill_tokens_per_second", prefillTokensPerSecond, MAX_TOKENS_PER_SECOND);
    check("prefill_ms_per_request", prefillMillisPerRequest, MAX_MILLIS);
    check("host_fetch_ms_per_block", hostFetchMillisPerBlock.orElse(0), MAX_MILLIS);
    check("disk_fetch_ms_per_block", diskFetchMillisPerBlock.orElse(0), MAX_MILLIS);
    check("decode_interference", decodeInterference.orElse(0), MAX_INTERFERENCE);
  }

  /** For a worker of which nothing that is given costs nothing: each is 0 when it is not given. */
  public CostCoefficients(
      double prefillTokensPerSecond,
      double prefillMillisPerRequest,
      double hostFetchMillisPerBlock,
      double diskFetchMillisPerBlock,
      double decodeInterference) {
    this(
        prefillTokensPerSecond,
        prefillMillisPerRequest,
        unlessZero(hostFetchMillisPerBlock),
        unlessZero(diskFetchMillisPerBlock),
        unlessZero(decodeInterference));
  }

  private static OptionalDouble unlessZero(double value) {
    return value == 0 ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** Time that a prompt token takes, nanoseconds; 0 when it is not given. */
  public double prefillNanosPerToken() {
    return prefillTokensPerSecond == 0 ? 0 : NANOS_PER_SECOND / prefillTokensPerSecond;
  }

  private static void check(String field, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(
          "%s must be a number from 0 to %.0f: %s".formatted(field, most, value));
    }
  }
}
