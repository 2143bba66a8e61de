package dev.warmpath.router.app;

import dev.warmpath.router.replay.report.MeasuredTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that name what was measured, to be shown beside what was simulated. */
final class MeasuredFlags {
  @Option(
      names = "--measured",
      paramLabel = "FILE",
      description = "JSON with measured closed loops, marked in report.html beside the simulated.")
  private @Nullable Path file;

  @Option(
      names = "--measured-table",
      paramLabel = "ID",
      description = "Which table of --measured; needless if just one has the lengths of the loop.")
  private @Nullable String id;

  /**
   * The measured table of a closed loop; empty when not told.
   *
   * @throws IllegalArgumentException if the file cannot be read, or does not name just one
   */
  MeasuredTable read(int inputTokens, int outputTokens) {
    if (file == null) {
      refuseTableAlone();
      return MeasuredTable.NONE;
    }
    String json;
    try {
      json = Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "--measured %s cannot be read: %s".formatted(file, FileTrouble.of(e)), e);
    }
    return MeasuredTable.read("--measured " + file, json, id, inputTokens, outputTokens);
  }

  /**
   * Says that nothing can be compared.
   *
   * @throws IllegalArgumentException if a file or a table was given
   */
  void refuse() {
    refuseTableAlone();
    if (file != null) {
      throw new IllegalArgumentException("--measured goes with --closed-loop");
    }
  }

  private void refuseTableAlone() {
    if (file == null && id != null) {
      throw new IllegalArgumentException("--measured-table %s needs --measured".formatted(id));
    }
  }
}
