package dev.warmpath.router.replay.engine;

/**
 * How long answers were in the benchmark that an engine was calibrated on, where it asked for up to
 * {@code nominal} tokens and the model ended earlier.
 *
 * @param nominal tokens asked for: the cap
 * @param mean tokens that came, on average
 * @param deviation standard deviation of the lengths before the cap, tokens
 */
public record OutputLengths(int nominal, double mean, double deviation) {
  public OutputLengths {
    Constants.requireAbove("output_lengths.nominal", nominal, 0);
    Constants.requireAbove("output_lengths.mean", mean, 0);
    Constants.requireNotNegative("output_lengths.deviation", deviation);
    if (mean > nominal) {
      throw new IllegalArgumentException(
          "output_lengths.mean must not be above nominal %d: %s".formatted(nominal, mean));
    }
  }
}
