package dev.warmpath.indexer.ingest;

/** A message from a worker breaks the wire contract. Names the field and its value. */
public final class MalformedEventException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedEventException(String message) {
    super(message);
  }

  MalformedEventException(String message, Throwable cause) {
    super(message, cause);
  }
}
