package dev.warmpath.router.app;

import dev.warmpath.router.replay.report.RequestLine;
import dev.warmpath.router.replay.serve.RunRecord;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;

/** Where the requests of simulated runs go, a line each; nowhere without a folder. One thread. */
final class RequestFile implements AutoCloseable {
  static final String NAME = "requests.jsonl";

  /** What is written while runs go on; it becomes the file when all have come to their end. */
  private static final String UNFINISHED = NAME + ".unfinished";

  private final @Nullable Path folder;
  private final @Nullable BufferedWriter lines;

  private RequestFile(@Nullable Path folder, @Nullable BufferedWriter lines) {
    this.folder = folder;
    this.lines = lines;
  }

  /**
   * Opens the file in a folder, which is made when it is not there.
   *
   * @throws CommandFailedException if it cannot be written
   */
  static RequestFile in(@Nullable Path folder) {
    if (folder == null) {
      return new RequestFile(null, null);
    }
    try {
      Files.createDirectories(folder);
      return new RequestFile(folder, Files.newBufferedWriter(folder.resolve(UNFINISHED)));
    } catch (IOException e) {
      throw OutPath.cannotBeWritten(folder, e);
    }
  }

  /** Writes the requests of a run. */
  void write(RunRecord run, RequestLine line) throws IOException {
    if (lines != null) {
      for (int request = 0; request < run.requests().size(); request++) {
        lines.write(line.of(request));
      }
    }
  }

  /** Says that all is written; without, closing leaves nothing behind. */
  void keep() throws IOException {
    if (lines != null && folder != null) {
      lines.close();
      Files.move(
          folder.resolve(UNFINISHED), folder.resolve(NAME), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @Override
  public void close() throws IOException {
    if (lines != null && folder != null) {
      lines.close();
      Files.deleteIfExists(folder.resolve(UNFINISHED));
    }
  }
}
