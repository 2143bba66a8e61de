package dev.warmpath.router.settings;

import java.io.Serial;

/** Content of a YAML file that cannot be used; the message names file, line, field and value. */
public final class YamlException extends IllegalArgumentException {
  @Serial private static final long serialVersionUID = 1;

  YamlException(String message, Throwable cause) {
    super(message, cause);
  }

  YamlException(String message) {
    super(message);
  }
}
