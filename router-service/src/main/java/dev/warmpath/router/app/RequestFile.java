package dev.warmpath.router.app;

import dev.warmpath.router.replay.report.RequestLine;
import dev.warmpath.router.replay.serve.RunRecord;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the requests of simulated runs go, a line each; nowhere without a folder. One thread. */
final class RequestFile implements AutoCloseable {
  private static final String NAME = "requests.jsonl";

  private final @Nullable BufferedWriter lines;

  private RequestFile(@Nullable BufferedWriter lines) {
    this.lines = lines;
  }

  /**
   * Opens the file in a folder, which is made when it is not there.
   *
   * @throws CommandFailedException if it cannot be written
   */
  static RequestFile in(@Nullable Path folder) {
    if (folder == null) {
      return new RequestFile(null);
    }
    try {
      Files.createDirectories(folder);
      return new RequestFile(Files.newBufferedWriter(folder.resolve(NAME)));
    } catch (IOException e) {
      throw new CommandFailedException("--out " + folder + " cannot be written: " + e, e);
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

  @Override
  public void close() throws IOException {
    if (lines != null) {
      lines.close();
    }
  }
}
