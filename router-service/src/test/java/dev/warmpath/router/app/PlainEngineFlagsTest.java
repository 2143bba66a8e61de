package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

final class PlainEngineFlagsTest {
  @Test
  void everyFlagOfFaultsAndOfApproximateModeIsOneOfThem() {
    List<String> flags =
        Stream.of(FaultFlags.class, ApproximateFlags.class)
            .flatMap(group -> Arrays.stream(group.getDeclaredFields()))
            .filter(field -> field.isAnnotationPresent(Option.class))
            .flatMap(field -> Arrays.stream(field.getAnnotation(Option.class).names()))
            .toList();

    assertThat(flags).hasSizeGreaterThan(5);
    assertThat(PlainEngineFlags.names()).containsAll(flags);
  }

  static Stream<Arguments> flagsOfModelledEngines() {
    List<OptionSpec> flags = CommandSpec.forAnnotatedObject(new EngineFlags()).options();
    Set<String> others =
        Set.of("--engine", "--deployment", "--closed-loop", "--open-loop", "--skip-bad-lines");
    return Stream.concat(
        Stream.of(arguments("--sla ttft=1")),
        flags.stream()
            .filter(flag -> !others.contains(flag.longestName()))
            .map(flag -> arguments(flag.longestName() + (flag.arity().max() == 0 ? "" : " 1"))));
  }

  @ParameterizedTest
  @MethodSource("flagsOfModelledEngines")
  void aFlagOfModelledEnginesIsRefusedWithoutOne(String given) {
    StringWriter err = new StringWriter();

    int exitCode =
        new CommandLine(new ReplayCommand())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setErr(new PrintWriter(err, true))
            .execute(("trace.jsonl --workers 2 --ranks 1 --blocks 9 " + given).split(" "));

    assertThat(exitCode).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString())
        .contains(
            given
                + " is for engines whose steps are modelled: it goes with --engine or"
                + " --deployment");
  }
}
