package dev.warmpath.router.replay;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads traces in Mooncake's format: one JSON object a line with {@code timestamp} (milliseconds,
 * never falling), {@code input_length}, {@code output_length} (tokens) and {@code hash_ids} (one id
 * a block of the prompt, the partial last one too). Plain or gzip, told apart by the content. One
 * thread.
 *
 * <p>Several files make one trace. A file that starts no earlier than the one before it ended goes
 * on with it: same clock, same ids. Any other file is a trace of its own: it plays from the instant
 * at which the one before ended, and its ids have nothing to do with earlier ones.
 */
public final class MooncakeTraceReader {
  private final int blockSize;
  private final MooncakeLine line = new MooncakeLine();
  private final List<TraceRequest> requests = new ArrayList<>();

  private long lastTimestampNanos;
  private long offsetNanos;
  private long idSpace;

  private MooncakeTraceReader(int blockSize) {
    this.blockSize = blockSize;
  }

  /**
   * Reads files one after another into one trace.
   *
   * @param blockSize tokens in a block of the trace
   * @throws TraceFormatException if a line is wrong; the first one is reported
   */
  public static Trace read(List<Path> files, int blockSize) throws IOException {
    MooncakeTraceReader reader = new MooncakeTraceReader(blockSize);
    for (Path file : files) {
      try (TraceLines lines = TraceLines.open(file)) {
        reader.append(lines);
      }
    }
    return reader.trace(String.join(", ", files.stream().map(Path::toString).toList()));
  }

  /** Reads one stream; {@code name} stands for it in messages. */
  static Trace read(String name, InputStream in, int blockSize) throws IOException {
    MooncakeTraceReader reader = new MooncakeTraceReader(blockSize);
    try (TraceLines lines = TraceLines.of(name, in)) {
      reader.append(lines);
    }
    return reader.trace(name);
  }

  private Trace trace(String names) throws TraceFormatException {
    if (requests.isEmpty()) {
      throw new TraceFormatException(names + ": the trace has no requests");
    }
    return new Trace(blockSize, requests);
  }

  private void append(TraceLines lines) throws IOException {
    boolean firstOfFile = true;
    try {
      for (String text = lines.next(); text != null; text = lines.next()) {
        parse(text, firstOfFile);
        firstOfFile = false;
      }
    } catch (IllegalArgumentException e) {
      throw lines.complaint(e);
    }
  }

  private void parse(String text, boolean firstOfFile) {
    line.parse(text, blockSize);
    long timestampNanos = line.timestampNanos();
    if (timestampNanos < lastTimestampNanos) {
      if (!firstOfFile) {
        throw new IllegalArgumentException(
            "timestamp falls from %s to %s"
                .formatted(millis(lastTimestampNanos), millis(timestampNanos)));
      }
      offsetNanos = requests.getLast().arrivalNanos() - timestampNanos;
      idSpace++;
    }
    lastTimestampNanos = timestampNanos;
    Prompt prompt = Prompt.ofIds(line.inputTokens(), line.hashIds().toLongArray(), idSpace);
    long instant = TraceTime.instant(offsetNanos, timestampNanos);
    requests.add(new TraceRequest(instant, prompt, line.outputTokens()));
  }

  private static String millis(long nanos) {
    return BigDecimal.valueOf(nanos, 6).stripTrailingZeros().toPlainString();
  }
}
