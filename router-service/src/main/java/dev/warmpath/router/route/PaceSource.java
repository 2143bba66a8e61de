package dev.warmpath.router.route;

/** Where the time comes from in which a target computes a prompt token. */
public enum PaceSource {
  /** Its worker gave it. */
  GIVEN,
  /** First tokens taught it. */
  LEARNT,
  /** It is that of the model's other targets, given or learnt. */
  OTHERS,
  /** Nothing is known anywhere: a token counts as a millisecond. */
  UNITS
}
