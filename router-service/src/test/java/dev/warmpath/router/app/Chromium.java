package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A browser without a window. */
final class Chromium {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final int LIMIT_SECONDS = 300;

  private final Path program;
  private final Path folder;

  /**
   * @param document the page after its scripts ran
   * @param log what the browser said, with its console
   */
  record Rendered(String document, String log) {}

  private Chromium(Path program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /** The browser of this machine; without one, the test is skipped. */
  static Chromium orSkip(Path folder) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    Optional<Path> program =
        Arrays.stream(path.split(File.pathSeparator))
            .flatMap(entry -> NAMES.stream().map(name -> Path.of(entry, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(program.isPresent(), "no Chromium on PATH: install Debian's package chromium");
    return new Chromium(program.orElseThrow(), folder);
  }

  /** Opens a page, lets its scripts run, and returns what became of it. */
  Rendered render(Path page) throws IOException, InterruptedException {
    Path document = folder.resolve("document.html");
    Path log = folder.resolve("chromium.log");
    ProcessBuilder command =
        new ProcessBuilder(
            List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=1280,3000",
                "--virtual-time-budget=10000",
                "--enable-logging=stderr",
                "--dump-dom",
                page.toUri().toString()));
    Process process = command.redirectOutput(document.toFile()).redirectError(log.toFile()).start();
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("Chromium ended").isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    return new Rendered(Files.readString(document), Files.readString(log));
  }
}
