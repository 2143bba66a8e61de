package dev.warmpath.router.app;

import static java.util.Objects.requireNonNullElse;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
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

  /**
   * Finds out before the work whether a file can be written; what is in it stays.
   *
   * @throws CommandFailedException if it cannot
   */
  static void requireFile(Path file) {
    if (!Files.exists(file)) {
      requireFolder(requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("/")));
    } else if (!Files.isWritable(file)) {
      throw cannotBeWritten(file, new AccessDeniedException(file.toString()));
    }
  }

  static CommandFailedException cannotBeWritten(Path path, IOException cause) {
    return new CommandFailedException(
        "--out %s cannot be written: %s".formatted(path, FileTrouble.of(cause)), cause);
  }
}
