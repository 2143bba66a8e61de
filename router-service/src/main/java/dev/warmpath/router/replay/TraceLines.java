package dev.warmpath.router.replay;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a trace file, plain or gzip, told apart by the content; it knows which one it is at.
 * One thread.
 */
public final class TraceLines implements AutoCloseable {
  private static final int GZIP_MAGIC_1 = 0x1f;
  private static final int GZIP_MAGIC_2 = 0x8b;
  private static final int BUFFER_BYTES = 1 << 16;

  private final String name;
  private final BufferedReader lines;
  private long number;

  private TraceLines(String name, BufferedReader lines) {
    this.name = name;
    this.lines = lines;
  }

  /** Opens a file. */
  public static TraceLines open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    try {
      return of(file.toString(), in);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /**
   * Reads a stream; {@code name} stands for it in messages.
   *
   * @throws TraceFormatException if the header of a gzip file is cut or damaged
   */
  public static TraceLines of(String name, InputStream in) throws IOException {
    BufferedInputStream bytes = new BufferedInputStream(in, BUFFER_BYTES);
    bytes.mark(2);
    boolean gzip = bytes.read() == GZIP_MAGIC_1 && bytes.read() == GZIP_MAGIC_2;
    bytes.reset();
    InputStream plain = gzip ? unzipped(name, bytes) : bytes;
    return new TraceLines(
        name,
        new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8), BUFFER_BYTES));
  }

  private static InputStream unzipped(String name, InputStream bytes) throws IOException {
    try {
      return new GZIPInputStream(bytes, BUFFER_BYTES);
    } catch (EOFException e) {
      throw new TraceFormatException(name + ": the gzip file ends within its header", e);
    } catch (ZipException e) {
      throw new TraceFormatException("%s: %s".formatted(name, e.getMessage()), e);
    }
  }

  /**
   * The next line that is not blank; null at the end.
   *
   * @throws TraceFormatException if the file is cut or damaged
   */
  public @Nullable String next() throws IOException {
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          return line;
        }
      }
      return null;
    } catch (ZipException | EOFException e) {
      number++;
      throw complaint(e);
    }
  }

  /** A complaint about the line that came last, with file and line before it. */
  public TraceFormatException complaint(Exception cause) {
    return new TraceFormatException("%s:%d: %s".formatted(name, number, cause.getMessage()), cause);
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
