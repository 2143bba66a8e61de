package dev.warmpath.router.app;

/** How a command prints its result. */
enum OutputFormat {
  /** Aligned text for people. */
  TABLE,
  /** One JSON object for programs. */
  JSON;

  /** For flags. */
  static final class Converter extends LowerCase<OutputFormat> {
    Converter() {
      super(OutputFormat.class);
    }
  }
}
