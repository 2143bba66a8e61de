package dev.warmpath.router.fleet;

import java.time.Duration;

/**
 * Bounds of the {@link LoadLedger}.
 *
 * @param maxTargets slots, 0 to maxTargets - 1
 * @param maxBookings bookings open at a time; more are refused
 * @param expiryNanos how long a booking lives without a report, nanoseconds
 */
public record LedgerLimits(int maxTargets, int maxBookings, long expiryNanos) {
  /** 4,096 targets, a million open bookings, 5 minutes without a report. */
  public static final LedgerLimits DEFAULT =
      new LedgerLimits(4_096, 1_000_000, Duration.ofMinutes(5).toNanos());

  public LedgerLimits {
    if (maxTargets < 1 || maxBookings < 1 || expiryNanos < 1) {
      throw new IllegalArgumentException(
          "limits must be at least 1: maxTargets %d, maxBookings %d, expiryNanos %d"
              .formatted(maxTargets, maxBookings, expiryNanos));
    }
  }
}
