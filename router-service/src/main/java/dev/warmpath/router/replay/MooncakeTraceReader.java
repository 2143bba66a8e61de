package dev.warmpath.router.replay;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

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
  private static final int GZIP_MAGIC_1 = 0x1f;
  private static final int GZIP_MAGIC_2 = 0x8b;
  private static final int BUFFER_BYTES = 1 << 16;

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
      try (InputStream in = Files.newInputStream(file)) {
        reader.append(file.toString(), in);
      }
    }
    return reader.trace(String.join(", ", files.stream().map(Path::toString).toList()));
  }

  /** Reads one stream; {@code name} stands for it in messages. */
  static Trace read(String name, InputStream in, int blockSize) throws IOException {
    MooncakeTraceReader reader = new MooncakeTraceReader(blockSize);
    reader.append(name, in);
    return reader.trace(name);
  }

  private Trace trace(String names) throws TraceFormatException {
    if (requests.isEmpty()) {
      throw new TraceFormatException(names + ": the trace has no requests");
    }
    return new Trace(blockSize, requests);
  }

  private void append(String name, InputStream in) throws IOException {
    boolean firstOfFile = true;
    long number = 0;
    try (BufferedReader lines = open(in)) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        number++;
        if (!text.isBlank()) {
          parse(text, firstOfFile);
          firstOfFile = false;
        }
      }
    } catch (IllegalArgumentException e) {
      throw complaint(name, number, e);
    } catch (ZipException | EOFException e) {
      throw complaint(name, number + 1, e);
    }
  }

  private static TraceFormatException complaint(String name, long line, Exception cause) {
    return new TraceFormatException("%s:%d: %s".formatted(name, line, cause.getMessage()), cause);
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
    requests.add(new TraceRequest(offsetNanos + timestampNanos, prompt, line.outputTokens()));
  }

  private static String millis(long nanos) {
    return BigDecimal.valueOf(nanos, 6).stripTrailingZeros().toPlainString();
  }

  private static BufferedReader open(InputStream in) throws IOException {
    BufferedInputStream bytes = new BufferedInputStream(in, BUFFER_BYTES);
    bytes.mark(2);
    boolean gzip = bytes.read() == GZIP_MAGIC_1 && bytes.read() == GZIP_MAGIC_2;
    bytes.reset();
    InputStream plain = gzip ? new GZIPInputStream(bytes, BUFFER_BYTES) : bytes;
    return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), BUFFER_BYTES);
  }
}
