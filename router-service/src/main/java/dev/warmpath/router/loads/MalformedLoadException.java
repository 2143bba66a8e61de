package dev.warmpath.router.loads;

/** A message breaks the contract of load.proto; the text names the field and its value. */
final class MalformedLoadException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedLoadException(String message) {
    super(message);
  }
}
