package dev.warmpath.router.app;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What standard error is connected to. */
final class StandardError {
  private static final Path DEVICE = Path.of("/dev/stderr");

  private StandardError() {}

  /**
   * Whether a person watches it: it is a terminal. Where the system does not name the device behind
   * it, standard input and output stand in.
   */
  static boolean isTerminal() {
    if (Files.isDirectory(Path.of("/proc/self/fd"))) {
      return isTerminalDevice();
    }
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private static boolean isTerminalDevice() {
    try {
      String device = DEVICE.toRealPath().toString();
      return device.startsWith("/dev/pts/")
          || device.startsWith("/dev/tty")
          || device.equals("/dev/console");
    } catch (IOException e) {
      return false; // A pipe or a deleted file has no path.
    }
  }
}
