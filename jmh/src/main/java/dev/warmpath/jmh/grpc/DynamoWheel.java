package dev.warmpath.jmh.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** NVIDIA Dynamo's wheel, in a virtual environment under {@code target/}. */
final class DynamoWheel {
  /** Its name and version, as in {@code jmh/peers/select/requirements.txt}. */
  static final String NAME = "Dynamo 1.6.1";

  private static final Path SOURCES = Path.of("jmh", "peers", "select");
  private static final Path ENVIRONMENT = Path.of("target", "dynamo");

  private DynamoWheel() {}

  /**
   * Installs it.
   *
   * @throws IOException if it cannot be had; the message is one line
   */
  static DynamoWheel install() throws IOException, InterruptedException {
    Path python = ENVIRONMENT.resolve("bin").resolve("python");
    if (!Files.isExecutable(python)) {
      run(List.of("python3", "-m", "venv", ENVIRONMENT.toString()));
    }
    run(
        List.of(
            python.toString(),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            SOURCES.resolve("requirements.txt").toString()));
    return new DynamoWheel();
  }

  /** The command line of {@code dynamo_select.py}. */
  List<String> command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(ENVIRONMENT.resolve("bin").resolve("python").toString());
    command.add(SOURCES.resolve("dynamo_select.py").toString());
    command.addAll(List.of(args));
    return command;
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(
          output.lines().reduce("%s failed".formatted(command), (_, last) -> last));
    }
  }
}
