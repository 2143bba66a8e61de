package dev.warmpath.router.replay.load;

import java.util.function.DoubleSupplier;
import java.util.function.LongUnaryOperator;

/** Arrivals that have gaps of their own between them, whatever a trace says; the first at 0. */
final class Gaps implements LongUnaryOperator {
  private final DoubleSupplier gapNanos;
  private double nextNanos;

  Gaps(DoubleSupplier gapNanos) {
    this.gapNanos = gapNanos;
  }

  @Override
  public long applyAsLong(long timestampNanos) {
    long arrival = Math.round(nextNanos);
    nextNanos += gapNanos.getAsDouble();
    return arrival;
  }
}
