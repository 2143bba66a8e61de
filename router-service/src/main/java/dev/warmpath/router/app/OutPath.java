package dev.warmpath.router.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a command writes; complaints name {@code --out}. */
final class OutPath {
  private OutPath() {}

  /**
   * Makes a folder that is not there, and finds out before the work whether files can be in it.
   *
   * @throws CommandFailedException if they cannot
   */
  static void requireFolder(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".warmpath", ".tmp"));
    } catch (IOException e) {
      throw cannotBeWritten(folder, e);
    }
  }

  static CommandFailedException cannotBeWritten(Path path, IOException cause) {
    return new CommandFailedException(
        "--out %s cannot be written: %s".formatted(path, FileTrouble.of(cause)), cause);
  }
}
