package dev.warmpath.router.replay.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.replay.Trace;
import dev.warmpath.router.replay.TraceFormatException;
import dev.warmpath.router.replay.TraceRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WholeTraceTest {
  private static final String TWO_REQUESTS =
      """
      {"timestamp": 0, "input_length": 1000, "output_length": 5, "hash_ids": [7, 8]}

      {"timestamp": 3000, "input_length": 512, "output_length": 0, "hash_ids": [7], "turn": {"a": [1]}}
      """;

  @Test
  void readsEveryFieldAndSkipsUnknownOnes() throws IOException {
    List<TraceRequest> requests = read(TWO_REQUESTS).requests();

    assertThat(requests).hasSize(2);
    TraceRequest second = requests.get(1);
    assertThat(second.arrivalNanos()).isEqualTo(3_000_000_000L);
    assertThat(second.prompt().tokens()).isEqualTo(512);
    assertThat(second.outputTokens()).isZero();
    assertThat(second.prompt().localHashes()[0])
        .isEqualTo(requests.get(0).prompt().localHashes()[0]);
  }

  @Test
  void readsGzipAsWellAsPlainText() throws IOException {
    assertThat(read(gzip(TWO_REQUESTS)).requests()).hasSize(2);
  }

  @Test
  void countsAPartialLastBlock() throws IOException {
    Trace trace = read(TWO_REQUESTS);

    assertThat(trace.blocks()).isEqualTo(3);
    assertThat(trace.distinctBlocks()).isEqualTo(2);
    assertThat(trace.inputTokens()).isEqualTo(1512);
  }

  @Test
  void filesThatTogetherLastTooLongAreRefused(@TempDir Path folder) throws IOException {
    String line =
        "{\"timestamp\": %d, \"input_length\": 1, \"output_length\": 1, \"hash_ids\": [1]}\n";
    Path file =
        Files.writeString(
            folder.resolve("t.jsonl"), line.formatted(0) + line.formatted(3_900_000_000_000L));

    assertThatThrownBy(() -> WholeTrace.read(List.of(file, file, file), 512, false))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining("t.jsonl:2: timestamp 3.9E9 s is too late: behind 7.8E9 s");
  }

  @Test
  void keepsEqualTimestampsInTheirOrder() throws IOException {
    Trace trace =
        read(
            """
            {"timestamp": 5, "input_length": 1, "output_length": 1, "hash_ids": [1]}
            {"timestamp": 5, "input_length": 2, "output_length": 1, "hash_ids": [2]}
            {"timestamp": 5, "input_length": 3, "output_length": 1, "hash_ids": [3]}
            """);

    assertThat(trace.requests()).extracting(TraceRequest::arrivalNanos).containsOnly(5_000_000L);
    assertThat(trace.requests())
        .extracting(request -> request.prompt().tokens())
        .containsExactly(1, 2, 3);
  }

  @Test
  void takesTimestampsWithAFraction() throws IOException {
    String line = "{'timestamp': 1.5, 'input_length': 1, 'output_length': 1, 'hash_ids': [1]}";

    assertThat(read(line.replace('\'', '"')).requests().getFirst().arrivalNanos())
        .isEqualTo(1_500_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'timestamp': 0, 'input_length': -5, 'output_length': 1, 'hash_ids': []}"
            + "|input_length must be from 1 to 2147483647, was -5",
        "{'timestamp': 0, 'input_length': 1, 'output_length': -1, 'hash_ids': [1]}"
            + "|output_length must be from 0 to 2147483647, was -1",
        "{'timestamp': -1, 'input_length': 1, 'output_length': 1, 'hash_ids': [1]}"
            + "|timestamp must be from 0 to 4611686018427, was -1",
        "{'timestamp': -0.5, 'input_length': 1, 'output_length': 1, 'hash_ids': [1]}"
            + "|timestamp must be from 0 to 4611686018427, was -0.5",
        "{'timestamp': 0, 'input_length': 3000000000, 'output_length': 1, 'hash_ids': [1]}"
            + "|input_length must be from 1 to 2147483647, was 3000000000",
        "{'timestamp': 0, 'input_length': 513, 'output_length': 1, 'hash_ids': [1]}"
            + "|hash_ids must have 2 ids (input_length 513 in blocks of 512), has 1",
        "{'timestamp': 0, 'input_length': 'x', 'output_length': 1, 'hash_ids': [1]}"
            + "|input_length must be a whole number, was x",
        "{'timestamp': 0, 'input_length': 1, 'output_length': 1, 'hash_ids': 4}"
            + "|hash_ids must be a list, was 4",
        "{'timestamp': 0, 'input_length': 1, 'output_length': 1, 'hash_ids': [null]}"
            + "|hash_ids must be a whole number, was null",
        "{'timestamp': 0, 'input_length': 1, 'hash_ids': [1]}|output_length is missing",
        "{'input_length': 1, 'output_length': 1, 'hash_ids': [1]}|timestamp is missing",
        "[1]|a request must be a JSON object",
        "{'timestamp': 0, 'input_length'|not JSON",
        "timestamp,input|not JSON",
      })
  void namesLineFieldAndValueOfABadLine(String line, String complaint) {
    String good = TWO_REQUESTS.lines().findFirst().orElseThrow();

    assertThatThrownBy(() -> read(good + "\n" + line.replace('\'', '"')))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageStartingWith("test.jsonl:2: " + complaint)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void countsBadLinesInsteadWhenAskedTo() throws IOException {
    String bad = TWO_REQUESTS.replace("\n\n", "\nnot JSON\n{}\n");
    InputStream in = new ByteArrayInputStream(bad.getBytes(StandardCharsets.UTF_8));
    WholeTrace read = WholeTrace.read("test.jsonl", in, 512, true);

    assertThat(read.badLines()).isEqualTo(2);
    assertThat(read.trace()).usingRecursiveComparison().isEqualTo(read(TWO_REQUESTS));
  }

  @Test
  void refusesIdsThatContradictEarlierOnes() {
    String line =
        "{\"timestamp\": 0, \"input_length\": 1000, \"output_length\": 1, \"hash_ids\": [%s]}\n";

    assertThatThrownBy(() -> read(line.formatted("1, 2") + line.formatted("3, 2")))
        .isInstanceOf(TraceFormatException.class)
        .hasMessage(
            "test.jsonl:2: hash_ids[1] 2 follows 3 here and 1 before: an id stands for the whole"
                + " prefix");
  }

  @Test
  void refusesAFallingTimestamp() {
    String falling =
        """
        {"timestamp": 2000, "input_length": 1, "output_length": 1, "hash_ids": [1]}
        {"timestamp": 1999.5, "input_length": 1, "output_length": 1, "hash_ids": [1]}
        """;

    assertThatThrownBy(() -> read(falling))
        .isInstanceOf(TraceFormatException.class)
        .hasMessage("test.jsonl:2: timestamp falls from 2.0 to 1.9995 s");
  }

  @Test
  void refusesATraceWithoutBlocks() {
    assertThatThrownBy(() -> read("time,isl,osl\n0,100,5\n"))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageStartingWith("test.jsonl: the prompts have no ids of blocks");
  }

  @Test
  void refusesAnEmptyTrace() {
    assertThatThrownBy(() -> read("\n"))
        .isInstanceOf(TraceFormatException.class)
        .hasMessage("test.jsonl: the trace has no requests");
  }

  @Test
  void refusesGzipDataThatIsCutOff() throws IOException {
    byte[] whole = gzip(TWO_REQUESTS);

    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length - 10)))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageStartingWith("test.jsonl:");
  }

  @Test
  void goesOnWithTheSameIdsInAFileThatStartsAfterTheOneBefore(@TempDir Path folder)
      throws IOException {
    Trace trace = readFiles(folder, 3000);

    assertThat(trace.distinctBlocks()).isEqualTo(2);
    assertThat(trace.durationNanos()).isEqualTo(6_000_000_000L);
  }

  @Test
  void playsAFileThatStartsEarlierAfterTheOneBeforeWithIdsOfItsOwn(@TempDir Path folder)
      throws IOException {
    Trace trace = readFiles(folder, 0);

    assertThat(trace.distinctBlocks()).isEqualTo(4);
    assertThat(trace.requests().get(2).arrivalNanos()).isEqualTo(3_000_000_000L);
    assertThat(trace.durationNanos()).isEqualTo(6_000_000_000L);
  }

  /** The two requests at 0 and 3 s, and again from {@code startMillis} in a second file. */
  private static Trace readFiles(Path folder, int startMillis) throws IOException {
    Path first = Files.writeString(folder.resolve("a.jsonl"), TWO_REQUESTS);
    String later =
        TWO_REQUESTS
            .replace("3000", Integer.toString(startMillis + 3000))
            .replace(": 0, \"input", ": " + startMillis + ", \"input");
    Path second = Files.writeString(folder.resolve("b.jsonl"), later);
    return WholeTrace.read(List.of(first, second), 512, false).trace();
  }

  private static Trace read(String text) throws IOException {
    return read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Trace read(byte[] bytes) throws IOException {
    return WholeTrace.read("test.jsonl", new ByteArrayInputStream(bytes), 512, false).trace();
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }
}
