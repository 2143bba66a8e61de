package dev.warmpath.router.discovery;

/** A description of a worker that cannot be taken over; the message names the field and value. */
public final class BadWorkerException extends Exception {
  private static final long serialVersionUID = 1;
  private static final int MAX_MESSAGE_LENGTH = 300;

  private final RefusalKind kind;

  BadWorkerException(RefusalKind kind, String message) {
    super(Printable.of(message, MAX_MESSAGE_LENGTH));
    this.kind = kind;
  }

  /** Why, as one of few. */
  public RefusalKind kind() {
    return kind;
  }

  /** Whether the message is about {@code field}. */
  boolean isAbout(String field) {
    String message = String.valueOf(getMessage());
    return message.startsWith(field + " ") || message.startsWith(field + ":");
  }
}
