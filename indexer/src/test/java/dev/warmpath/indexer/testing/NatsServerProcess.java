package dev.warmpath.indexer.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A nats-server with JetStream as a child process: on a free loopback port, its data in a temporary
 * folder. It can be stopped, killed and started again on the same port and data. It ends with the
 * JVM that started it, unless that one is killed. One thread.
 */
public final class NatsServerProcess implements AutoCloseable {
  private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final Path binary;
  private final Path folder;
  private final int port;
  private final Thread atExit = new Thread(this::kill, "warmpath-nats-exit");
  private volatile @Nullable Process process;

  private NatsServerProcess(Path binary, Path folder, int port) {
    this.binary = binary;
    this.folder = folder;
    this.port = port;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Starts a server and waits until it answers. */
  public static NatsServerProcess start() {
    try {
      Path folder = Files.createTempDirectory("warmpath-nats");
      NatsServerProcess server = new NatsServerProcess(findBinary(), folder, freePort());
      server.restart();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path findBinary() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/usr/local/bin"))
        .map(folder -> Path.of(folder, "nats-server"))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() ->
            new IllegalStateException(
                "nats-server is missing: `make test` installs it"
                    + " (Debian: apt-get install nats-server)"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** {@code nats://host:port}. */
  public String url() {
    return "nats://127.0.0.1:" + port;
  }

  /** Starts the server again on the same port and data; waits until it answers. */
  public void restart() {
    stop();
    try {
      Path config = folder.resolve("nats.conf");
      Files.writeString(
          config,
          """
          listen: 127.0.0.1:%d
          max_payload: 16MB
          jetstream { store_dir: "%s", max_mem: 256MB, max_file: 2GB }
          """
              .formatted(port, folder.resolve("data")));
      process =
          new ProcessBuilder(binary.toString(), "-c", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(folder.resolve("server.out").toFile()))
              .start();
      awaitPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitPort() throws IOException {
    long start = System.nanoTime();
    while (!answers()) {
      Process started = process;
      if (started == null
          || !started.isAlive()
          || System.nanoTime() - start > START_TIMEOUT_NANOS) {
        throw new IOException(
            "nats-server did not start: " + Files.readString(folder.resolve("server.out")));
      }
      pause();
    }
  }

  /** Whether the server greets: it does once JetStream is ready. */
  private boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
      socket.setSoTimeout(500);
      return socket.getInputStream().read() == 'I';
    } catch (IOException e) {
      return false;
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Stops the server in good order; its data stays. */
  public void stop() {
    end(false);
  }

  /** Kills the server as {@code kill -9} does; its data stays. */
  public void kill() {
    end(true);
  }

  private void end(boolean atOnce) {
    Process running = process;
    process = null;
    if (running == null) {
      return;
    }
    if (atOnce) {
      running.destroyForcibly();
    } else {
      running.destroy();
    }
    try {
      if (!running.waitFor(10, TimeUnit.SECONDS)) {
        running.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Deletes all streams on disk; the server must not run. */
  public void wipeData() {
    delete(folder.resolve("data"));
  }

  /** Stops the server and deletes its data. */
  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(atExit);
    delete(folder);
  }

  private static void delete(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> found = Files.walk(root)) {
      List<Path> deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
