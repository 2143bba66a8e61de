package dev.warmpath.indexer.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs the jcstress tests of a module in JVMs of their own, a third of a second each; with {@code
 * -Dwarmpath.long=true} in each combination of interpreter and compilers for writer and reader, for
 * about a minute each. The report is in {@code target/jcstress/results}.
 */
public final class RaceRun {
  private static final List<String> SHORT =
      List.of("-f", "1", "-iters", "1", "-time", "300", "-sc", "false", "-af", "NONE");
  private static final List<String> LONG =
      List.of("-f", "1", "-iters", "3", "-time", "1000", "-sc", "true", "-af", "NONE");

  private RaceRun() {}

  /**
   * Fails when a race has a forbidden outcome, or did not run.
   *
   * @param races the class in which all races of the module are
   * @param jvmArgs of the JVMs in which they run
   */
  public static void check(Class<?> races, String jvmArgs) throws Exception {
    Path folder = Files.createDirectories(Path.of("target", "jcstress"));
    deleteResults(folder);
    Path log = folder.resolve("jcstress.log");
    Process jcstress =
        new ProcessBuilder(command(races, jvmArgs))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(jcstress.waitFor()).as("see %s", log).isZero();
    } finally {
      jcstress.destroy();
    }
    check(races, results(folder));
  }

  private static List<String> command(Class<?> races, String jvmArgs) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(org.openjdk.jcstress.Main.class.getName());
    command.addAll(List.of("-t", races.getSimpleName(), "-jvmArgs", jvmArgs));
    command.addAll(Boolean.getBoolean("warmpath.long") ? LONG : SHORT);
    return command;
  }

  private static void deleteResults(Path folder) throws IOException {
    for (Path file : resultFiles(folder)) {
      Files.delete(file);
    }
  }

  private static List<Path> resultFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".bin.gz")).toList();
    }
  }

  private static Collection<TestResult> results(Path folder) throws Exception {
    InProcessCollector results = new InProcessCollector();
    List<Path> files = resultFiles(folder);
    assertThat(files).hasSize(1);
    DiskReadCollector file = new DiskReadCollector(files.getFirst().toString(), results);
    file.dump();
    file.close();
    return results.getTestResults();
  }

  /** A race whose JVM never got to run is no failure to jcstress; here it is. */
  private static void check(Class<?> races, Collection<TestResult> results) {
    TreeMap<String, Long> samples = new TreeMap<>();
    for (TestResult result : results) {
      assertThat(result.status()).as(result.getName()).isEqualTo(Status.NORMAL);
      assertThat(result.grading().failureMessages).as(result.getName()).isEmpty();
      assertThat(result.grading().isPassed).as(result.getName()).isTrue();
      samples.merge(result.getName(), result.getTotalCount(), Long::sum);
    }
    assertThat(samples.keySet()).containsExactlyInAnyOrderElementsOf(TestList.tests());
    assertThat(samples.values()).as("samples of %s", samples.keySet()).doesNotContain(0L);
    assertThat(samples).hasSize(Arrays.asList(races.getDeclaredClasses()).size());
  }
}
