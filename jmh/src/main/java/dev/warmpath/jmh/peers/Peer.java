package dev.warmpath.jmh.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One system of the comparison: a program that takes its name, a measure and a corpus file, and
 * prints one line of {@code name=value}.
 *
 * @param name as in the results
 * @param version what is measured
 * @param command how to start it, up to its name
 */
record Peer(String name, String version, List<String> command) {
  /** Measures of every corpus, in the order in which they run. */
  static final List<String> MEASURES = List.of("scores", "apply", "lookup", "busy", "bytes");

  private static final String HEAP = "4g";

  /** This project's index, on the JVM options that the router itself starts with. */
  static Peer warmpath() {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseCompactObjectHeaders",
            "-Xms" + HEAP,
            "-Xmx" + HEAP,
            "-cp",
            System.getProperty("java.class.path"),
            JavaPeer.class.getName());
    return new Peer("warmpath", "Java " + Runtime.version(), command);
  }

  /** Runs one measure in a fresh process. Empty, with one line about it, when that fails. */
  Optional<Map<String, String>> run(String measure, Path corpus)
      throws IOException, InterruptedException {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(name, measure, corpus.toString()));
    Process process =
        new ProcessBuilder(whole).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String line = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
    if (process.waitFor() != 0) {
      System.out.printf("%s %s %s failed%n", name, measure, corpus.getFileName());
      return Optional.empty();
    }
    return Optional.of(parse(line));
  }

  static Map<String, String> parse(String line) {
    Map<String, String> figures = new HashMap<>();
    for (String figure : line.split(" ", -1)) {
      int equals = figure.indexOf('=');
      figures.put(figure.substring(0, equals), figure.substring(equals + 1));
    }
    return figures;
  }
}
