package dev.warmpath.router.replicas;

/** A change of one booking, as its router tells the others. */
public sealed interface BookingChange {
  /** The booking's name at the router that made it. */
  long bookingId();

  /** It was made. */
  record Opened(OpenBooking booking) implements BookingChange {
    @Override
    public long bookingId() {
      return booking.id();
    }
  }

  /**
   * It goes on.
   *
   * @param computed whether the prompt is computed
   * @param outputTokens tokens generated so far
   */
  record Progressed(long bookingId, boolean computed, int outputTokens) implements BookingChange {}

  /** It ended. */
  record Closed(long bookingId) implements BookingChange {}
}
