package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.TraceRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A trace that {@link TraceReader} has read to its end, cut into the blocks that it is told in.
 *
 * @param trace its requests; sessions are not part of them
 * @param badLines wrong lines that were left out
 */
public record WholeTrace(Trace trace, long badLines) {
  /**
   * Reads files, one after another.
   *
   * @param blockSize tokens in a block of the trace
   * @param skipBadLines whether wrong lines are counted and left out
   * @throws TraceFormatException if a line is wrong; the first one is reported
   */
  public static WholeTrace read(List<Path> files, int blockSize, boolean skipBadLines)
      throws IOException {
    try (TraceReader reader = TraceReader.open(files, blocks(blockSize), skipBadLines)) {
      String names = files.stream().map(Path::toString).collect(Collectors.joining(", "));
      return read(names, reader, blockSize);
    }
  }

  /** Reads a stream; {@code name} stands for it in messages. */
  public static WholeTrace read(String name, InputStream in, int blockSize, boolean skipBadLines)
      throws IOException {
    try (TraceReader reader = TraceReader.open(name, in, blocks(blockSize), skipBadLines)) {
      return read(name, reader, blockSize);
    }
  }

  private static TraceBlocks blocks(int blockSize) {
    return new TraceBlocks(blockSize, blockSize);
  }

  private static WholeTrace read(String names, TraceReader reader, int blockSize)
      throws IOException {
    List<TraceRequest> requests = new ArrayList<>();
    try {
      reader.forEachRemaining(request ->
          requests.add(
              new TraceRequest(
                  request.timestampNanos(), request.prompt(), request.outputTokens())));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    if (requests.isEmpty()) {
      throw new TraceFormatException(names + ": the trace has no requests");
    }
    Trace trace = new Trace(blockSize, requests);
    if (trace.blocks() == 0) {
      throw new TraceFormatException(
          names + ": the prompts have no ids of blocks, so nothing can be found in caches");
    }
    return new WholeTrace(trace, reader.badLines());
  }
}
