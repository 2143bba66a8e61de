package dev.warmpath.router.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code warmpath} command in a process of its own, on this test's class path. */
final class WarmpathProcess implements AutoCloseable {
  private final Process process;
  private final Path output;

  private WarmpathProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /** Starts a command; what it prints goes to a file under {@code folder}. */
  static WarmpathProcess start(Path folder, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.warmpath.router.app.Main"));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, arguments[0], ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new WarmpathProcess(process, output);
  }

  /** What it has printed so far. */
  String output() throws IOException {
    return Files.readString(output);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end and returns the exit code. */
  int waitFor(Duration patience) throws IOException, InterruptedException {
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + patience + ":\n" + output());
    }
    return process.exitValue();
  }

  /** SIGTERM. */
  void stop() {
    process.destroy();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
