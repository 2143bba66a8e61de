package dev.warmpath.router.admin;

/** What became of a request to route. */
public enum RouteOutcome {
  /** A target was picked and booked. */
  BOOKED,
  /** A target was picked only. */
  PICKED,
  /** The request was malformed. */
  INVALID,
  /** Nobody serves the model. */
  UNKNOWN_MODEL,
  /** No target serves one of the phases. */
  NO_TARGET,
  /** Refused since too many bookings are open, or too many requests in flight. */
  SHED,
  /** An error of this process. */
  FAILED
}
