package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
  @ParameterizedTest
  @ValueSource(strings = {"serve", "worker-sim", "demo", "replay", "route", "version"})
  void noFlagShowsAnEmptyDefault(String command) {
    StringWriter help = new StringWriter();

    int exitCode = Main.commandLine().setOut(new PrintWriter(help)).execute(command, "--help");

    assertThat(exitCode).isZero();
    assertThat(help.toString()).contains("Usage: warmpath " + command);
    assertThat(help.toString().lines().map(String::strip)).doesNotContain("Default:");
  }

  @ParameterizedTest
  @ValueSource(strings = {"capacity", "sensitivity", "sweep", "compare"})
  void everyCommandOfReplayHasHelp(String command) {
    StringWriter help = new StringWriter();

    int exitCode =
        Main.commandLine().setOut(new PrintWriter(help)).execute("replay", command, "--help");

    assertThat(exitCode).isZero();
    assertThat(help.toString()).contains("Usage: warmpath replay " + command);
    assertThat(help.toString().lines().map(String::strip)).doesNotContain("Default:");
  }

  @ParameterizedTest
  @CsvSource({"serve, default", "worker-sim, default", "demo, demo"})
  void theDemoHasAClusterOfItsOwn(String command, String cluster) {
    StringWriter help = new StringWriter();

    Main.commandLine().setOut(new PrintWriter(help)).execute(command, "--help");

    assertThat(help.toString().replaceAll("\\s+", " "))
        .containsPattern("--cluster=NAME Cluster [^.]*\\. Default: " + cluster + " ");
  }
}
