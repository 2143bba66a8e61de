package dev.warmpath.router.app;

import java.io.Serial;

/** A routing file that cannot be used; the message names file, field and value. */
final class RoutingFileException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  RoutingFileException(String message) {
    super(message);
  }
}
