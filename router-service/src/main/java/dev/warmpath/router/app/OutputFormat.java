package dev.warmpath.router.app;

/** How a command prints its result. */
enum OutputFormat {
  /** Aligned text for people. */
  TABLE,
  /** One JSON object for programs. */
  JSON
}
