package dev.warmpath.router.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real etcd on free loopback ports, with its data in a temporary folder. Can be stopped, killed
 * and started again on the same ports, with its data or without.
 */
public final class EtcdServerProcess implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
  private static final String BINARY = "etcd";

  private final Path folder;
  private final int clientPort;
  private final int peerPort;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private @Nullable Process process;

  private EtcdServerProcess(Path folder, int clientPort, int peerPort) {
    this.folder = folder;
    this.clientPort = clientPort;
    this.peerPort = peerPort;
  }

  /** Starts one and waits until it is healthy. */
  public static EtcdServerProcess start() throws IOException {
    requireBinary();
    EtcdServerProcess etcd =
        new EtcdServerProcess(Files.createTempDirectory("warmpath-etcd"), freePort(), freePort());
    etcd.restart();
    return etcd;
  }

  private static void requireBinary() {
    String path = String.valueOf(System.getenv("PATH"));
    boolean present =
        Stream.of(path.split(":", -1)).anyMatch(dir -> Files.isExecutable(Path.of(dir, BINARY)));
    if (!present) {
      throw new IllegalStateException(
          "etcd is not on the PATH: `make test` installs it (Debian package etcd-server)");
    }
  }

  /** A loopback port that nobody uses at the moment. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The URL for clients. */
  public String endpoint() {
    return "http://127.0.0.1:" + clientPort;
  }

  /** Starts it again, with what is left of its data, and waits until it is healthy. */
  public void restart() throws IOException {
    String peerUrl = "http://127.0.0.1:" + peerPort;
    List<String> command =
        List.of(
            BINARY,
            "--name=test",
            "--data-dir=" + folder.resolve("data"),
            "--listen-client-urls=" + endpoint(),
            "--advertise-client-urls=" + endpoint(),
            "--listen-peer-urls=" + peerUrl,
            "--initial-advertise-peer-urls=" + peerUrl,
            "--initial-cluster=test=" + peerUrl,
            "--log-level=error");
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    await("etcd at " + endpoint())
        .atMost(START_TIMEOUT)
        .pollInterval(Duration.ofMillis(50))
        .until(this::isHealthy);
  }

  private boolean isHealthy() throws IOException, InterruptedException {
    if (process == null || !process.isAlive()) {
      throw new IllegalStateException("etcd ended: " + Files.readString(folder.resolve("log")));
    }
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(endpoint() + "/health"))
            .timeout(Duration.ofSeconds(1))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString())
          .body()
          .contains("\"health\":\"true\"");
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends it with SIGTERM. */
  public void stop() throws InterruptedException {
    end(false);
  }

  /** Ends it with SIGKILL. */
  public void kill() throws InterruptedException {
    end(true);
  }

  private void end(boolean force) throws InterruptedException {
    if (process == null) {
      return;
    }
    if (force) {
      process.destroyForcibly();
    } else {
      process.destroy();
    }
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    process = null;
  }

  /** Makes it hang: connections stay open, nothing answers. */
  public void freeze() throws IOException, InterruptedException {
    signal("-STOP");
  }

  /** Ends {@link #freeze}. */
  public void thaw() throws IOException, InterruptedException {
    signal("-CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
    if (process == null) {
      throw new IllegalStateException("etcd does not run");
    }
    new ProcessBuilder("kill", name, Long.toString(process.pid())).start().waitFor();
  }

  /** Deletes all data; only while it does not run. */
  public void loseData() throws IOException {
    delete(folder.resolve("data"));
  }

  @Override
  public void close() {
    try {
      kill();
      delete(folder);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path path) throws IOException {
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
