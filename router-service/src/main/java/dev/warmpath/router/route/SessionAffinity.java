package dev.warmpath.router.route;

/** Whether requests of one session stay on the target of the session. */
public enum SessionAffinity {
  /** Sessions mean nothing. */
  OFF,
  /** They stay as long as no filter leaves the target out; else the session moves. */
  SOFT,
  /** They stay or are refused; the session moves only when its target left or drains. */
  HARD
}
