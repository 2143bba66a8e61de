package dev.warmpath.router.replay.load;

import dev.warmpath.router.replay.MooncakeLine;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.TraceLines;
import dev.warmpath.router.replay.TraceTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a trace request by request, holding no more than one: Mooncake's JSON lines, with or
 * without sessions, or CSV of time, prompt and output tokens; plain or gzip. Both are told apart by
 * the content. One thread.
 *
 * <p>Several files make one trace. A file that starts no earlier than the one before it ended goes
 * on with it: same clock, same ids, same sessions. Any other file is a trace of its own: it plays
 * from the instant at which the one before ended, and its ids and sessions have nothing to do with
 * earlier ones.
 *
 * <p>The iterator throws {@link UncheckedIOException} around a {@link TraceFormatException} that
 * names file, line, field and value.
 */
public final class TraceReader implements Iterator<LoadRequest>, AutoCloseable {
  private final TraceBlocks blocks;
  private final boolean skipBadLines;
  private final ArrayDeque<Path> further;
  private final MooncakeLine mooncake = new MooncakeLine();
  private final CsvLine csv = new CsvLine();
  private final PrefixIds ids = new PrefixIds();

  private TraceLines lines;
  private boolean firstLine = true;
  private boolean firstRequest = true;
  private boolean json;
  private long badLines;

  /** Of the last request, as its file tells it. */
  private long lastTimestampNanos;

  /** From the clock of the file to that of the trace. */
  private long offsetNanos;

  /** Traces before the one that the file belongs to. */
  private long earlierTraces;

  private @Nullable LoadRequest next;

  private TraceReader(
      TraceLines lines, List<Path> further, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    this.lines = lines;
    this.further = new ArrayDeque<>(further);
    this.blocks = blocks;
    this.skipBadLines = skipBadLines;
    next = read();
  }

  /**
   * Opens files, one after another.
   *
   * @param files at least one
   * @param skipBadLines whether wrong lines are counted and left out
   * @throws TraceFormatException if the first line is wrong
   */
  public static TraceReader open(List<Path> files, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    return open(
        TraceLines.open(files.getFirst()), files.subList(1, files.size()), blocks, skipBadLines);
  }

  /** Opens a stream; {@code name} stands for it in messages. */
  static TraceReader open(String name, InputStream in, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    return open(TraceLines.of(name, in), List.of(), blocks, skipBadLines);
  }

  private static TraceReader open(
      TraceLines lines, List<Path> further, TraceBlocks blocks, boolean skipBadLines)
      throws IOException {
    try {
      return new TraceReader(lines, further, blocks, skipBadLines);
    } catch (IOException | RuntimeException e) {
      lines.close();
      throw e;
    }
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
    while (true) {
      String line = lines.next();
      if (line != null) {
        LoadRequest request = parse(line);
        if (request != null) {
          return request;
        }
      } else if (further.isEmpty()) {
        return null;
      } else {
        lines.close();
        lines = TraceLines.open(further.remove());
        firstLine = true;
        firstRequest = true;
        csv.startFile();
      }
    }
  }

  /** Returns null for a heading, and for a wrong line that is left out. */
  private @Nullable LoadRequest parse(String line) throws TraceFormatException {
    try {
      if (firstLine) {
        firstLine = false;
        json = !csv.looksLikeOne(line);
        if (!json && csv.isHeading(line)) {
          return null;
        }
      }
      LoadRequest request = json ? mooncake(line) : csv(line);
      firstRequest = false;
      return request;
    } catch (IllegalArgumentException e) {
      if (!skipBadLines) {
        throw lines.complaint(e);
      }
      badLines++;
      return null;
    }
  }

  private LoadRequest mooncake(String line) {
    mooncake.parse(line, blocks.traceTokens());
    long instant = instant(mooncake.timestampNanos());
    ids.add(mooncake.hashIds());
    lastTimestampNanos = mooncake.timestampNanos();
    return new LoadRequest(
        instant,
        blocks.prompt(mooncake.inputTokens(), mooncake.hashIds(), earlierTraces),
        mooncake.outputTokens(),
        session(mooncake.sessionId()),
        mooncake.delayNanos());
  }

  private LoadRequest csv(String line) {
    LoadRequest request = csv.parse(line);
    long instant = instant(request.timestampNanos());
    lastTimestampNanos = request.timestampNanos();
    return request.at(instant);
  }

  /** When a request comes by the clock of the trace; the first of a file may begin another one. */
  private long instant(long timestampNanos) {
    if (timestampNanos < lastTimestampNanos) {
      if (!firstRequest) {
        throw new IllegalArgumentException(
            "timestamp falls from %s to %s s"
                .formatted(lastTimestampNanos / 1e9, timestampNanos / 1e9));
      }
      offsetNanos += lastTimestampNanos - timestampNanos;
      lastTimestampNanos = timestampNanos;
      earlierTraces++;
      ids.startTrace();
    }
    return TraceTime.instant(offsetNanos, timestampNanos);
  }

  /** A name that no session of another trace has: with a slash, what is before it is the trace. */
  private String session(String id) {
    boolean isName = earlierTraces == 0 && id.indexOf('/') < 0;
    return id.isEmpty() || isName ? id : earlierTraces + "/" + id;
  }
}
