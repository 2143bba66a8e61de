package dev.warmpath.router.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fleet that does not come and go by itself: a YAML file with a list of workers, each with the
 * field names of WorkerInfo.
 *
 * <pre>{@code
 * workers:
 *   - {worker_id: w0, address: "10.0.0.1:8000", model: llama, block_size: 64, ranks: 2}
 * }</pre>
 *
 * The file is read again every second and taken over when its bytes changed; comparing bytes also
 * sees files that are swapped by a link and changes within one tick of the file clock. A bad file
 * is an error at the start; later it is counted, logged and the last good one holds. One virtual
 * thread watches; any thread may call the public methods.
 */
public final class StaticFleetFile implements AutoCloseable {
  /** Longest file that is read. */
  public static final int MAX_BYTES = 4 * 1024 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(StaticFleetFile.class);
  private static final String SOURCE = "changed fleet file";
  private static final byte[] NOTHING = {};
  private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(2);

  private final Path file;
  private final FleetRegistry registry;
  private final DiscoveryCounters counters;
  private final Duration pollEvery;
  private final RefusalLog log;
  private final FleetPublisher publisher;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private byte[] lastRead = NOTHING;
  private volatile MembershipState state = MembershipState.initial(System.nanoTime());

  /**
   * Does nothing until {@link #start}.
   *
   * @param pollEvery how often the file is read again
   */
  public StaticFleetFile(
      Path file, FleetRegistry registry, DiscoveryCounters counters, Duration pollEvery) {
    this.file = file;
    this.registry = registry;
    this.counters = counters;
    this.pollEvery = pollEvery;
    this.log = new RefusalLog(counters);
    this.publisher = new FleetPublisher(registry, log);
    this.thread = Thread.ofVirtual().name("fleet-file").unstarted(this::run);
  }

  /**
   * Loads the file on the calling thread, then watches it in the background.
   *
   * @throws FleetFileException when the file cannot be used
   */
  public void start() throws FleetFileException {
    lastRead = read();
    Map<String, String> refusals = takeOver(lastRead);
    if (!refusals.isEmpty()) {
      var first = refusals.entrySet().iterator().next();
      throw new FleetFileException(
          "%s: worker '%s': %s".formatted(file, first.getKey(), first.getValue()));
    }
    thread.start();
  }

  /** How fresh the fleet is; connected means that the file as it stands was taken over. */
  public MembershipState state() {
    return state;
  }

  /** Stops watching; the fleet stays as it is. */
  @Override
  public void close() {
    closed.countDown();
    Closing.join(thread, JOIN_TIMEOUT);
  }

  private void run() {
    try {
      while (!closed.await(pollEvery.toMillis(), TimeUnit.MILLISECONDS)) {
        poll();
      }
    } catch (InterruptedException e) {
      LOG.debug("stopped", e);
    }
  }

  private void poll() {
    try {
      byte[] bytes = read();
      if (!Arrays.equals(bytes, lastRead)) {
        lastRead = bytes;
        reload(bytes);
      }
    } catch (FleetFileException e) {
      lastRead = NOTHING;
      state = state.withFailure(System.nanoTime());
      log.stillRefused(SOURCE, RefusalKind.BAD_FILE, String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("unexpected failure with {}", file, e);
    }
  }

  private void reload(byte[] bytes) {
    try {
      takeOver(bytes);
      LOG.info("took over the changed {}", file);
    } catch (FleetFileException e) {
      state = state.withFailure(System.nanoTime());
      log.refused(SOURCE, RefusalKind.BAD_FILE, String.valueOf(e.getMessage()));
    }
  }

  private Map<String, String> takeOver(byte[] bytes) throws FleetFileException {
    List<Worker> workers = FleetYaml.parse(file.toString(), text(bytes));
    long before = registry.current().version();
    Map<String, String> refusals = publisher.publish(workers);
    counters.countFileLoad();
    long now = System.nanoTime();
    state = state.withListing(now);
    if (registry.current().version() != before) {
      state = state.withChange(now);
    }
    return refusals;
  }

  private byte[] read() throws FleetFileException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new FleetFileException("%s: must have at most %d bytes".formatted(file, MAX_BYTES));
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new FleetFileException(file + ": no such file");
    } catch (IOException e) {
      throw new FleetFileException(file + ": cannot be read: " + e.getMessage());
    }
  }

  private String text(byte[] bytes) throws FleetFileException {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FleetFileException(file + ": is not UTF-8");
    }
  }
}
