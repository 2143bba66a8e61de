package dev.warmpath.router.replay.engine;

/**
 * Time of a step as Dynamo's mocker has it: a square in the prompt tokens {@code t} of the step, if
 * any, plus a square in the share {@code u} of the KV memory that decoding sequences use, if any
 * decode.
 *
 * @param prefill0 milliseconds
 * @param prefill1 milliseconds a token
 * @param prefill2 milliseconds a token squared
 * @param decode0 milliseconds
 * @param decode1 milliseconds at a share of 1
 * @param decode2 milliseconds at a share of 1, squared; not above 0
 * @param leastMs what the decode part is at least, at any share; milliseconds
 */
public record PolynomialTime(
    double prefill0,
    double prefill1,
    double prefill2,
    double decode0,
    double decode1,
    double decode2,
    double leastMs) {
  public PolynomialTime {
    Constants.requireNotNegative("polynomial.prefill[0]", prefill0);
    Constants.requireNotNegative("polynomial.prefill[1]", prefill1);
    Constants.requireNotNegative("polynomial.prefill[2]", prefill2);
    Constants.requireNotNegative("polynomial.least_ms", leastMs);
    if (!(decode2 <= 0)) {
      throw new IllegalArgumentException("polynomial.decode[2] must not be above 0: " + decode2);
    }
    double full = decode0 + decode1 + decode2;
    if (!(decode0 >= leastMs && full >= leastMs)) {
      throw new IllegalArgumentException(
          "polynomial.decode must be at least %s ms at a share of 0 and 1, was %s and %s"
              .formatted(leastMs, decode0, full));
    }
  }
}
