package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.replay.SynthesisOptions.Arrivals;
import dev.warmpath.router.replay.load.WholeTrace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TraceSynthesizerTest {
  private static final int REQUESTS = 3_000;

  @Test
  void makesTheSameTraceFromTheSameSeed() {
    assertThat(text(options(Arrivals.POISSON, 3, 1)))
        .isEqualTo(text(options(Arrivals.POISSON, 3, 1)));
  }

  @Test
  void makesAnotherTraceFromAnotherSeed() {
    assertThat(text(options(Arrivals.POISSON, 3, 1)))
        .isNotEqualTo(text(options(Arrivals.POISSON, 3, 2)));
  }

  @Test
  void writesWhatTheReaderReads() throws IOException {
    assertThat(trace(options(Arrivals.BURSTY, 3, 1)).requests()).hasSize(REQUESTS);
  }

  @ParameterizedTest
  @EnumSource(Arrivals.class)
  void makesTheTraceThatTheReaderReadsFromItsLines(Arrivals arrivals) throws IOException {
    SynthesisOptions options = options(arrivals, 3, 1);

    Trace made = TraceSynthesizer.trace(options);
    Trace read = trace(options);

    assertThat(made.blockSize()).isEqualTo(read.blockSize());
    assertThat(described(made)).isEqualTo(described(read));
  }

  @Test
  void sharesABandOfBlocksThatCachesCanWin() throws IOException {
    Ceilings ceilings = Ceilings.of(trace(options(Arrivals.POISSON, 3, 1)), 80_000);

    assertThat(ceilings.endless()).isBetween(0.35, 0.75);
    assertThat(ceilings.pooledLru()).isBetween(0.3, ceilings.endless());
  }

  @Test
  void sharesMoreWithLongerConversations() throws IOException {
    double single = Ceilings.of(trace(options(Arrivals.POISSON, 1, 1)), 1).endless();
    double six = Ceilings.of(trace(options(Arrivals.POISSON, 6, 1)), 1).endless();

    assertThat(six).isGreaterThan(single + 0.1);
  }

  @Test
  void startsAllConversationsAtTheRootAndManyAtPopularPrefixes() throws IOException {
    Trace trace = trace(options(Arrivals.POISSON, 1, 1));

    assertThat(usesOfBlock(trace, 0)).hasSize(1);
    long mostPopular = usesOfBlock(trace, 5).values().stream().max(Long::compare).orElseThrow();
    assertThat(mostPopular).isGreaterThan(REQUESTS / 50);
  }

  @Test
  void keepsTheRate() throws IOException {
    for (Arrivals arrivals : Arrivals.values()) {
      double seconds = trace(options(arrivals, 3, 1)).durationNanos() / 1e9;
      assertThat(REQUESTS / seconds).as("%s", arrivals).isBetween(4.0, 6.0);
    }
  }

  @Test
  void letsManyRequestsArriveAtOneInstantWhenBursty() throws IOException {
    long poisson = instants(trace(options(Arrivals.POISSON, 3, 1)));
    long bursty = instants(trace(options(Arrivals.BURSTY, 3, 1)));

    assertThat(poisson).isGreaterThan(REQUESTS * 9 / 10);
    assertThat(bursty).isBetween(REQUESTS / 20L, REQUESTS / 5L);
  }

  private static SynthesisOptions options(Arrivals arrivals, double turns, long seed) {
    return new SynthesisOptions(REQUESTS, 512, arrivals, 5.0, 100, 1.0, 100, turns, seed);
  }

  private static String text(SynthesisOptions options) {
    StringBuilder text = new StringBuilder();
    TraceSynthesizer.synthesize(options, made -> text.append(made.toLine()).append('\n'));
    return text.toString();
  }

  private static Trace trace(SynthesisOptions options) throws IOException {
    byte[] bytes = text(options).getBytes(StandardCharsets.UTF_8);
    return WholeTrace.read("made", new ByteArrayInputStream(bytes), 512, false).trace();
  }

  private static List<String> described(Trace trace) {
    return trace.requests().stream()
        .map(request ->
            "%d %d %d %s"
                .formatted(
                    request.arrivalNanos(),
                    request.prompt().tokens(),
                    request.outputTokens(),
                    Arrays.toString(request.prompt().localHashes())))
        .toList();
  }

  private static Map<Long, Long> usesOfBlock(Trace trace, int depth) {
    return trace.requests().stream()
        .filter(request -> request.prompt().blocks() > depth)
        .map(request -> request.prompt().sequenceHashes()[depth])
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  private static long instants(Trace trace) {
    return trace.requests().stream().mapToLong(TraceRequest::arrivalNanos).distinct().count();
  }
}
