package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.MooncakeLine;
import dev.warmpath.router.replay.TraceFormatException;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a trace request by request, holding no more than one: Mooncake's JSON lines, with or
 * without sessions, or CSV of time, prompt and output tokens; plain or gzip. Both are told apart by
 * the content. One thread.
 *
 * <p>The iterator throws {@link UncheckedIOException} around a {@link TraceFormatException} that
 * names file, line, field and value.
 */
public final class TraceReader implements Iterator<LoadRequest>, AutoCloseable {
  private static final int GZIP_MAGIC_1 = 0x1f;
  private static final int GZIP_MAGIC_2 = 0x8b;
  private static final int BUFFER_BYTES = 1 << 16;

  private final String name;
  private final TraceBlocks blocks;
  private final boolean skipBadLines;
  private final BufferedReader lines;
  private final MooncakeLine mooncake = new MooncakeLine();
  private final CsvLine csv = new CsvLine();
  private final PrefixIds ids = new PrefixIds();

  private long lineNumber;
  private long badLines;
  private long lastTimestampNanos;
  private boolean first = true;
  private boolean json;
  private @Nullable LoadRequest next;

  private TraceReader(String name, InputStream in, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    this.name = name;
    this.blocks = blocks;
    this.skipBadLines = skipBadLines;
    this.lines = reader(in);
    next = read();
  }

  /**
   * Opens a file.
   *
   * @param skipBadLines whether wrong lines are counted and left out
   * @throws TraceFormatException if the first line is wrong
   */
  public static TraceReader open(Path file, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      return new TraceReader(file.toString(), in, blocks, skipBadLines);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /** Opens a stream; {@code name} stands for it in messages. */
  static TraceReader open(String name, InputStream in, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    return new TraceReader(name, in, blocks, skipBadLines);
  }

  /** Wrong lines that were left out. */
  public long badLines() {
    return badLines;
  }

  /** The ids of all requests read so far. */
  public PrefixIds ids() {
    return ids;
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public LoadRequest next() {
    LoadRequest taken = next;
    if (taken == null) {
      throw new NoSuchElementException();
    }
    try {
      next = read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return taken;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }

  private @Nullable LoadRequest read() throws IOException {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        lineNumber++;
        LoadRequest request = line.isBlank() ? null : parse(line);
        if (request != null) {
          return request;
        }
      }
      return null;
    } catch (ZipException | EOFException e) {
      throw complaint(lineNumber + 1, e);
    }
  }

  /** Returns null for a heading, and for a wrong line that is left out. */
  private @Nullable LoadRequest parse(String line) throws TraceFormatException {
    try {
      if (first) {
        first = false;
        json = !csv.looksLikeOne(line);
        if (!json && csv.isHeading(line)) {
          return null;
        }
      }
      return json ? mooncake(line) : csv(line);
    } catch (IllegalArgumentException e) {
      if (!skipBadLines) {
        throw complaint(lineNumber, e);
      }
      badLines++;
      return null;
    }
  }

  private LoadRequest mooncake(String line) {
    mooncake.parse(line, blocks.traceTokens());
    requireOrder(mooncake.timestampNanos());
    ids.add(mooncake.hashIds());
    lastTimestampNanos = mooncake.timestampNanos();
    return new LoadRequest(
        mooncake.timestampNanos(),
        blocks.prompt(mooncake.inputTokens(), mooncake.hashIds(), 0),
        mooncake.outputTokens(),
        mooncake.sessionId(),
        mooncake.delayNanos());
  }

  private LoadRequest csv(String line) {
    LoadRequest request = csv.parse(line);
    requireOrder(request.timestampNanos());
    lastTimestampNanos = request.timestampNanos();
    return request;
  }

  private void requireOrder(long timestampNanos) {
    if (timestampNanos < lastTimestampNanos) {
      throw new IllegalArgumentException(
          "timestamp falls from %s to %s s"
              .formatted(lastTimestampNanos / 1e9, timestampNanos / 1e9));
    }
  }

  private TraceFormatException complaint(long line, Exception cause) {
    return new TraceFormatException("%s:%d: %s".formatted(name, line, cause.getMessage()), cause);
  }

  private static BufferedReader reader(InputStream in) throws IOException {
    BufferedInputStream bytes = new BufferedInputStream(in, BUFFER_BYTES);
    bytes.mark(2);
    boolean gzip = bytes.read() == GZIP_MAGIC_1 && bytes.read() == GZIP_MAGIC_2;
    bytes.reset();
    InputStream plain = gzip ? new GZIPInputStream(bytes, BUFFER_BYTES) : bytes;
    return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), BUFFER_BYTES);
  }
}
