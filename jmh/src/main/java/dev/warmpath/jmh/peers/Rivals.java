package dev.warmpath.jmh.peers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The programs of {@code jmh/peers}, built by cargo. One crate that cannot be had leaves only its
 * own systems out.
 */
final class Rivals {
  private static final Path SOURCES = Path.of("jmh", "peers");
  private static final Path BUILT = Path.of("target", "peers");
  private static final List<Program> PROGRAMS =
      List.of(
          new Program("dynamo", "dynamo-kv-router", List.of("crtc", "positional")),
          new Program("chain", "kv-index", List.of("chain")),
          new Program("smgrt", "smg-radix-tree", List.of("smgrt")));

  private Rivals() {}

  /** One program, around one crate. */
  private record Program(String folder, String crate, List<String> systems) {}

  /** Builds what is wanted and can be built; says in one line what cannot. */
  static List<Peer> build(Predicate<String> wanted) throws IOException, InterruptedException {
    List<Peer> peers = new ArrayList<>();
    try {
      for (Program program : PROGRAMS) {
        if (program.systems.stream().anyMatch(wanted)) {
          peers.addAll(build(program));
        }
      }
    } catch (CargoMissingException e) {
      System.out.println("the rivals are left out: " + e.getMessage());
    }
    peers.removeIf(peer -> !wanted.test(peer.name()));
    return peers;
  }

  private static List<Peer> build(Program program)
      throws IOException, InterruptedException, CargoMissingException {
    String complaint = cargoBuild(program);
    if (!complaint.isEmpty()) {
      System.out.printf("left out: %s: %s%n", String.join(", ", program.systems), complaint);
      return List.of();
    }
    String version = program.crate + " " + version(program);
    String binary = BUILT.resolve("release").resolve("peer-" + program.folder).toString();
    return program.systems.stream().map(name -> new Peer(name, version, List.of(binary))).toList();
  }

  /** Why the build failed; empty when it did not. */
  private static String cargoBuild(Program program)
      throws IOException, InterruptedException, CargoMissingException {
    Process cargo;
    try {
      cargo =
          new ProcessBuilder(
                  "cargo",
                  "build",
                  "--release",
                  "--quiet",
                  "--manifest-path",
                  manifest(program).toString(),
                  "--target-dir",
                  BUILT.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      throw new CargoMissingException(e);
    }
    String output = new String(cargo.getInputStream().readAllBytes(), UTF_8);
    return cargo.waitFor() == 0 ? "" : firstError(output);
  }

  /** Cargo's first line, and what it says was the cause of it. */
  static String firstError(String output) {
    List<String> lines = output.lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    int error = 0;
    while (error < lines.size() - 1 && !lines.get(error).startsWith("error")) {
      error++;
    }
    int cause = lines.indexOf("Caused by:");
    String first = lines.isEmpty() ? "cargo failed" : lines.get(error);
    return cause < 0 || cause + 1 >= lines.size() ? first : first + ": " + lines.get(cause + 1);
  }

  /** There is no cargo to build with. */
  private static final class CargoMissingException extends Exception {
    CargoMissingException(IOException cause) {
      super("cargo cannot be started: " + cause.getMessage(), cause);
    }
  }

  private static Path manifest(Program program) {
    return SOURCES.resolve(program.folder).resolve("Cargo.toml");
  }

  private static String version(Program program) throws IOException {
    Matcher pinned =
        Pattern.compile(program.crate + " = \"=(.+)\"")
            .matcher(Files.readString(manifest(program)));
    return pinned.find() ? pinned.group(1) : "of no known version";
  }
}
