package dev.warmpath.router.replay;

import java.io.IOException;

/** A trace that cannot be read; the message names file, line, field and value in one sentence. */
public final class TraceFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is wrong, and where. */
  public TraceFormatException(String message) {
    super(message);
  }

  /** What is wrong, and where. */
  public TraceFormatException(String message, Exception cause) {
    super(message, cause);
  }
}
