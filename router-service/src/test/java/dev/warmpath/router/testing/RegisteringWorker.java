package dev.warmpath.router.testing;

import dev.warmpath.router.discovery.EtcdRegistration;
import dev.warmpath.router.discovery.EtcdSettings;
import dev.warmpath.router.fleet.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A worker in a process of its own, so that it can really die. */
public final class RegisteringWorker {
  private RegisteringWorker() {}

  /** Starts a JVM that registers worker {@code id} until it is killed. */
  public static Process start(String endpoint, String cluster, String id, int ttlSeconds)
      throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            java,
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            RegisteringWorker.class.getName(),
            endpoint,
            cluster,
            id,
            Integer.toString(ttlSeconds))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Arguments: endpoint, cluster, worker id, TTL in seconds. */
  public static void main(String[] args) throws InterruptedException {
    Worker worker = Worker.aggregated(args[2], "127.0.0.1:1", "llama", 64, 1, 7);
    try (EtcdRegistration registration =
        new EtcdRegistration(
            EtcdSettings.of(List.of(args[0]), args[1]),
            worker,
            Duration.ofSeconds(Integer.parseInt(args[3])))) {
      registration.start();
      new CountDownLatch(1).await();
    }
  }
}
