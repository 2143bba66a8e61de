package dev.warmpath.router.discovery;

/** A fleet file cannot be used; the message names the file, the line where known, and the field. */
public final class FleetFileException extends Exception {
  private static final long serialVersionUID = 1;

  FleetFileException(String message) {
    super(message);
  }
}
