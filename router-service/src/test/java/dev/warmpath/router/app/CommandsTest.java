package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class CommandsTest {
  @Test
  void onlyWhatIsNamedIsMade() {
    assertThat(commands("replay", "trace.jsonl")).containsExactly("replay");
    assertThat(replayCommands("replay", "trace.jsonl")).isEmpty();
    assertThat(replayCommands("replay", "--seed", "2", "compare", "a", "b"))
        .containsExactly("compare");
    assertThat(commands("route", "replay")).containsExactly("route");
  }

  @Test
  void allAreMadeWhereHelpMayBeAskedFor() {
    for (String help : List.of("-h", "--help", "-Vh", "@file")) {
      assertThat(replayCommands("replay", help)).hasSize(5);
    }
    assertThat(commands()).hasSize(6);
    assertThat(commands("--help", "replay")).hasSize(6);
    assertThat(commands("nonsense")).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "--nonsense",
        "--version",
        "--help",
        "version",
        "version --help",
        "replay",
        "replay --help",
        "replay -h",
        "replay --version",
        "replay --nonsense",
        "replay --seed",
        "replay --seed x",
        "replay --seed 1 compare",
        "replay compare --help",
        "replay compare nowhere nowhere",
        "replay sweep",
        "replay nonsense compare sweep",
        "replay --open-loop poisson=1 capacity",
        "route --help",
        "demo --nonsense"
      })
  void whatIsPrintedIsTheSame(String line) {
    String[] args = line.isEmpty() ? new String[0] : line.split(" ", -1);

    assertThat(run(Main.commandLineFor(args), args)).isEqualTo(run(Main.commandLine(), args));
  }

  private static String run(CommandLine command, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err, true)).execute(args);
    return "%d%nout: %s%nerr: %s".formatted(exitCode, out, err);
  }

  private static Set<String> commands(String... args) {
    return Main.commandLineFor(args).getSubcommands().keySet();
  }

  private static Set<String> replayCommands(String... args) {
    return Stream.of(Main.commandLineFor(args).getSubcommands().get("replay"))
        .map(replay -> replay.getSubcommands().keySet())
        .findFirst()
        .orElseThrow();
  }
}
