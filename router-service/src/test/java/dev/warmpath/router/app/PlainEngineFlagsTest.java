package dev.warmpath.router.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
}
