package dev.warmpath.router.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RoutingSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routing settings of a YAML file, taken over whenever its bytes changed. A bad file is an
 * error at the start; later it is counted and logged once for each change, and the last good
 * settings hold. One thread loads and polls; any thread reads.
 */
final class RoutingFile implements Supplier<RoutingSettings> {
  /** Longest file that is read. */
  static final int MAX_BYTES = 1024 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(RoutingFile.class);
  private static final byte[] UNREADABLE = {};

  private final Path file;
  private final Policy defaultPolicy;
  private final LongAdder loads = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private byte[] lastRead = UNREADABLE;

  /** What could not be read last; empty after a file that could. */
  private String lastUnreadable = "";

  private volatile RoutingSettings settings;

  private RoutingFile(Path file, Policy defaultPolicy) {
    this.file = file;
    this.defaultPolicy = defaultPolicy;
    this.settings = RoutingSettings.of(defaultPolicy);
  }

  /**
   * Loads a file.
   *
   * @param defaultPolicy decides where the file names no policy
   * @throws RoutingFileException when the file cannot be used
   */
  static RoutingFile load(Path file, Policy defaultPolicy) throws RoutingFileException {
    RoutingFile loaded = new RoutingFile(file, defaultPolicy);
    loaded.lastRead = loaded.read();
    loaded.takeOver();
    return loaded;
  }

  /** Takes the file over if it changed. */
  void poll() {
    try {
      byte[] bytes = read();
      if (!Arrays.equals(bytes, lastRead)) {
        lastRead = bytes;
        takeOver();
        LOG.info("took over the changed {}", file);
      }
      lastUnreadable = "";
    } catch (RoutingFileException e) {
      refused(String.valueOf(e.getMessage()));
    }
  }

  private void refused(String problem) {
    if (!problem.equals(lastUnreadable)) {
      lastUnreadable = problem;
      refusals.increment();
      LOG.warn("the last good routing settings hold: {}", problem);
    }
  }

  private void takeOver() throws RoutingFileException {
    settings = RoutingYaml.parse(file.toString(), text(lastRead), defaultPolicy);
    loads.increment();
  }

  private byte[] read() throws RoutingFileException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw unreadable("must have at most %d bytes".formatted(MAX_BYTES));
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw unreadable("no such file");
    } catch (IOException e) {
      throw unreadable("cannot be read: " + e.getMessage());
    }
  }

  private RoutingFileException unreadable(String problem) {
    return new RoutingFileException(file + ": " + problem);
  }

  private String text(byte[] bytes) throws RoutingFileException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new RoutingFileException(file + ": is not UTF-8");
    }
  }

  /** The settings that hold. */
  @Override
  public RoutingSettings get() {
    return settings;
  }

  /** Files taken over, the first one included. */
  long loads() {
    return loads.sum();
  }

  /** Changes of the file after which it could not be used. */
  long refusals() {
    return refusals.sum();
  }
}
