package dev.warmpath.router.app;

import dev.warmpath.router.replay.load.LoadRequest;
import dev.warmpath.router.replay.load.TraceBlocks;
import dev.warmpath.router.replay.load.TraceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a trace, for one run after another. One that is read again and short is kept in
 * memory; any other is read for each run anew, a little ahead of it. One thread.
 */
final class TraceLoad implements AutoCloseable {
  private static final int KEPT_REQUESTS = 100_000;

  /** What the requests are wanted for. */
  enum Use {
    /** One run. */
    ONCE,
    /** One run or more. */
    AGAIN,
    /** All of them at once. */
    WHOLE
  }

  private final List<Path> files;
  private final TraceBlocks blocks;
  private final boolean skipBadLines;
  private final @Nullable List<LoadRequest> kept;
  private TraceReader reader;
  private boolean fresh;
  private @Nullable ReadAhead ahead;

  private TraceLoad(List<Path> files, TraceBlocks blocks, boolean skipBadLines, Use use)
      throws IOException {
    this.files = List.copyOf(files);
    this.blocks = blocks;
    this.skipBadLines = skipBadLines;
    this.reader = TraceReader.open(files, blocks, skipBadLines);
    this.fresh = use == Use.ONCE;
    this.kept = fresh ? null : keep(use == Use.WHOLE);
  }

  private @Nullable List<LoadRequest> keep(boolean whole) {
    List<LoadRequest> all = new ArrayList<>();
    while (reader.hasNext() && (whole || all.size() < KEPT_REQUESTS)) {
      all.add(reader.next());
    }
    return reader.hasNext() ? null : all;
  }

  /**
   * Opens a trace.
   *
   * @param files its files, at least one
   * @throws IllegalArgumentException if a file cannot be read or all have no requests
   */
  static TraceLoad open(List<Path> files, TraceBlocks blocks, boolean skipBadLines, Use use)
      throws IOException {
    requireReadable(files);
    TraceLoad load = new TraceLoad(files, blocks, skipBadLines, use);
    if (load.kept == null ? load.fresh && !load.reader.hasNext() : load.kept.isEmpty()) {
      throw new IllegalArgumentException(name(files) + ": the trace has no requests");
    }
    return load;
  }

  /** Complains about the first that cannot be read. */
  static void requireReadable(List<Path> files) {
    for (Path file : files) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw new IllegalArgumentException("TRACE " + file + " is not a file that can be read");
      }
    }
  }

  /** The files in one word, as given. */
  static String name(List<Path> files) {
    return files.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  /** The same without folders. */
  static String shortName(List<Path> files) {
    return name(files.stream().map(Path::getFileName).toList());
  }

  /** All requests, if the trace is short or all of it was asked for. */
  List<LoadRequest> all() {
    if (kept == null) {
      throw new IllegalStateException("the trace is not in memory");
    }
    return kept;
  }

  /** The requests, for one run. */
  Iterator<LoadRequest> requests() throws IOException {
    if (kept != null) {
      return kept.iterator();
    }
    if (!fresh) {
      close();
      reader = TraceReader.open(files, blocks, skipBadLines);
    }
    fresh = false;
    ahead = new ReadAhead(reader);
    return ahead;
  }

  /** How many there are; 0 when that is not known before they have been read. */
  int knownSize() {
    return kept == null ? 0 : kept.size();
  }

  /** Lines that were left out, of those read so far; to be asked before or after a run. */
  long badLines() {
    return reader.badLines();
  }

  /**
   * Share of the blocks that a cache without end would have found, of those read so far; to be
   * asked before or after a run.
   */
  double ceiling() {
    long all = reader.ids().blocks();
    return all == 0 ? 0 : (double) reader.ids().seenBlocks() / all;
  }

  @Override
  public void close() throws IOException {
    if (ahead != null) {
      ahead.close();
    }
    reader.close();
  }
}
