package dev.warmpath.router.admin;

import dev.warmpath.router.fleet.LoadLedger;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/** The open bookings, and how others ended other than by report. */
final class LedgerMetrics implements MeterBinder {
  private final LoadLedger ledger;

  LedgerMetrics(LoadLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    Meters.gauge(registry, "warmpath_bookings_open", "Open bookings", ledger::openBookings);
    Meters.counter(
        registry,
        "warmpath_bookings_expired",
        "Bookings that ended because no report came in time",
        ledger::expiredBookings);
    Meters.counter(
        registry,
        "warmpath_bookings_refused",
        "Bookings refused because too many were open",
        ledger::refusedBookings);
    Meters.counter(
        registry,
        "warmpath_bookings_lost_with_target",
        "Bookings that ended because their target went",
        ledger::bookingsLostWithTarget);
    Meters.counter(
        registry,
        "warmpath_bookings_cut_short",
        "Bookings whose prompt has more blocks than are compared with those of others",
        ledger::promptsCutShort);
  }
}
