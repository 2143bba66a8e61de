package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlainLineTest {
  private static final List<String> LINES =
      List.of(
          "{\"timestamp\": 27482, \"input_length\": 513, \"output_length\": 52, \"hash_ids\": [46,"
              + " 7]}",
          "{\"timestamp\":0.5,\"input_length\":1,\"output_length\":0,\"hash_ids\":[-9],\"turn\":3}",
          "{\"session_id\": \"a/b\", \"delay\": 12.0000019, \"timestamp\": 1, \"input_length\": 1,"
              + " \"output_length\": 10, \"hash_ids\": [], \"kind\": \"x\"} ");

  private static final String NOISE = "{}[]:,\"\\-+.0159eE \t\u0000antfs_";

  private final LongArrayList hashIds = new LongArrayList();
  private final PlainLine plain = new PlainLine(hashIds);

  @Test
  void readsTheFormThatTracesHave() {
    assertThat(LINES).allMatch(plain::read);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"timestamp\": 1e3}",
        "{\"timestamp\": -1}",
        "{\"timestamp\": 1, \"timestamp\": 1}",
        "{\"x\": 1, \"x\": 1}",
        "{\"time\\u0073tamp\": 1}",
        "{\"session_id\": null}",
        "{\"input_length\": 0}",
        "{\"input_length\": 2147483648}",
        "{\"hash_ids\": [1,]}",
        "{\"hash_ids\": [01]}",
        "{\"hash_ids\": [1234567890123456789]}",
        "{\"turn\": [1]}",
        "{\"turn\": 1} 2",
        "{\"turn\": 1}\u0000"
      })
  void declinesAnyOther(String line) {
    assertThat(plain.read(line)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatItReadsIsWhatTheJsonSays(long seed) {
    Random random = new Random(seed);
    MooncakeLine twin = new MooncakeLine();
    for (int round = 0; round < 30_000; round++) {
      String line = damaged(LINES.get(random.nextInt(LINES.size())), random);
      if (plain.read(line)) {
        twin.parseJson(line);
        assertThat(values(plain, hashIds)).as("seed %d: %s", seed, line).isEqualTo(values(twin));
      }
    }
  }

  private static String damaged(String line, Random random) {
    StringBuilder text = new StringBuilder(line);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(text.length());
      char noise = NOISE.charAt(random.nextInt(NOISE.length()));
      switch (random.nextInt(3)) {
        case 0 -> text.insert(at, noise);
        case 1 -> text.setCharAt(at, noise);
        default -> text.deleteCharAt(at);
      }
    }
    return text.toString();
  }

  private static List<Object> values(PlainLine line, LongArrayList hashIds) {
    return List.of(
        line.has(PlainLine.TIMESTAMP) ? line.timestampNanos() : -1L,
        line.has(PlainLine.INPUT_LENGTH) ? line.inputTokens() : -1,
        line.has(PlainLine.OUTPUT_LENGTH) ? line.outputTokens() : -1,
        hashIds,
        line.sessionId(),
        line.delayNanos());
  }

  private static List<Object> values(MooncakeLine line) {
    return List.of(
        line.hasTimestamp() ? line.timestampNanos() : -1L,
        line.hasInput() ? line.inputTokens() : -1,
        line.hasOutput() ? line.outputTokens() : -1,
        line.hashIds(),
        line.sessionId(),
        line.delayNanos());
  }
}
