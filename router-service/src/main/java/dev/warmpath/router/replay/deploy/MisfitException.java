package dev.warmpath.router.replay.deploy;

import java.io.Serial;

/** A part of a deployment that does not go with another; the message names field and value. */
final class MisfitException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  private final String path;

  /**
   * @param path from the root of a deployment file to the part, such as {@code pools.decode}
   */
  MisfitException(String path, String message) {
    super(message);
    this.path = path;
  }

  String path() {
    return path;
  }
}
