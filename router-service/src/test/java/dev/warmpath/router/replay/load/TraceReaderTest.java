package dev.warmpath.router.replay.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.router.replay.TraceFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TraceReaderTest {
  private static final TraceBlocks BLOCKS = new TraceBlocks(512, 512);
  private static final String LINE_1 = line(0, 700, "[1, 2]");
  private static final String LINE_2 = line(10, 600, "[1, 3]");

  @Test
  void readsMooncakeLinesPlainAndGzip() throws IOException {
    String text = LINE_1 + LINE_2;

    for (byte[] bytes : List.of(text.getBytes(StandardCharsets.UTF_8), gzip(text))) {
      List<LoadRequest> requests = read(bytes, BLOCKS);
      assertThat(requests).hasSize(2);
      assertThat(requests.get(1).timestampNanos()).isEqualTo(10_000_000);
      assertThat(requests.get(1).prompt().tokens()).isEqualTo(600);
      assertThat(requests.get(1).prompt().localHashes()[0])
          .isEqualTo(requests.get(0).prompt().localHashes()[0]);
    }
  }

  @Test
  void readsSessionsWithTheirDelays() throws IOException {
    String turn =
        "{\"timestamp\":5,\"input_length\":9,\"output_length\":1,\"hash_ids\":[4],"
            + "\"session_id\":\"a\",\"turn\":2,\"delay\":1500}\n";

    LoadRequest request = read(turn.getBytes(StandardCharsets.UTF_8), BLOCKS).getFirst();

    assertThat(request.session()).isEqualTo("a");
    assertThat(request.delayNanos()).isEqualTo(1_500_000_000);
  }

  @Test
  void readsCsvWithSecondsAndWithDates() throws IOException {
    String seconds =
        """
        time,isl,osl
        0.5,100,10
        1.25,200,20
        """;
    String dates =
        """
        TIMESTAMP,ContextTokens,GeneratedTokens
        2023-11-16 23:59:59.9000000,4808,10
        2023-11-17 00:00:01.0000000,3180,8
        """;

    assertThat(read(seconds.getBytes(StandardCharsets.UTF_8), BLOCKS))
        .extracting(LoadRequest::timestampNanos)
        .containsExactly(500_000_000L, 1_250_000_000L);
    assertThat(read(dates.getBytes(StandardCharsets.UTF_8), BLOCKS))
        .extracting(LoadRequest::timestampNanos)
        .containsExactly(0L, 1_100_000_000L);
  }

  @Test
  void saysFileAndLineOfTheFirstWrongOne() {
    assertComplaint(LINE_1 + "{oops\n", "t.jsonl:2: not JSON");
    assertComplaint(LINE_1 + line(1, -3, "[1]"), "t.jsonl:2: input_length must be from 1");
    assertComplaint(
        LINE_1 + "\n" + "{\"timestamp\":1,\"input_length\":3,\"hash_ids\":[1]}\n",
        "t.jsonl:3: output_length is missing");
    assertComplaint(LINE_2 + LINE_1, "t.jsonl:2: timestamp falls from 0.01 to 0.0 s");
    assertComplaint(
        LINE_1 + line(1, 1_024, "[5, 2]"), "t.jsonl:2: hash_ids[1] 2 follows 5 here and 1 before");
    assertComplaint(LINE_1 + line(1, 512, "[2]"), "hash_ids[0] 2 follows nothing here");
    assertComplaint("1,2,3\n4,5\n", "t.jsonl:2: must have 3 columns");
    assertComplaint("1,2,3\n0.5,5,6\n", "t.jsonl:2: timestamp falls");
    assertComplaint("1,2,3\n2,0,6\n", "t.jsonl:2: prompt tokens must be at least 1, was 0");
    assertComplaint("1,2,3\nnoon,5,6\n", "t.jsonl:2: time must be seconds or");
  }

  @Test
  void wrongLinesCanBeCountedInstead() throws IOException {
    String text = "{oops\n" + LINE_1 + line(1, 1_024, "[5, 2]") + LINE_2 + line(3, 9, "[1]");
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

    try (TraceReader reader =
        TraceReader.open("t.jsonl", new ByteArrayInputStream(bytes), BLOCKS, true)) {
      List<LoadRequest> requests = new ArrayList<>();
      reader.forEachRemaining(requests::add);

      assertThat(requests).hasSize(2);
      assertThat(reader.badLines()).isEqualTo(3);
      assertThat(reader.ids().distinctBlocks()).isEqualTo(3);
      assertThat(reader.ids().seenBlocks()).isEqualTo(1);
    }
  }

  @Test
  void aFileThatStartsNoEarlierThanTheOneBeforeGoesOnWithIt(@TempDir Path folder)
      throws IOException {
    String session = "\"timestamp\": 20, \"session_id\": \"s\"";
    String later = LINE_2.replace("\"timestamp\": 10", session);
    assertThat(later).contains(session);

    List<LoadRequest> requests = readFiles(folder, LINE_1 + LINE_2, later);

    assertThat(requests)
        .extracting(LoadRequest::timestampNanos)
        .containsExactly(0L, 10_000_000L, 20_000_000L);
    assertThat(requests.get(2).prompt().localHashes())
        .isEqualTo(requests.get(1).prompt().localHashes());
    assertThat(requests.get(2).session()).isEqualTo("s");
  }

  @Test
  void anyOtherFileIsATraceOfItsOwnThatPlaysAfterTheOneBefore(@TempDir Path folder)
      throws IOException {
    String session = "\"timestamp\": 10, \"session_id\": \"s\"";
    String text = LINE_1 + LINE_2.replace("\"timestamp\": 10", session);
    String other = line(0, 1_024, "[5, 2]");

    List<LoadRequest> requests = readFiles(folder, text, other + LINE_2, text);

    assertThat(requests)
        .extracting(LoadRequest::timestampNanos)
        .containsExactly(0L, 10_000_000L, 10_000_000L, 20_000_000L, 20_000_000L, 30_000_000L);
    assertThat(requests.get(5).prompt().localHashes())
        .doesNotContain(requests.get(1).prompt().localHashes());
    assertThat(requests.get(5).prompt().localHashes()[0])
        .isEqualTo(requests.get(4).prompt().localHashes()[0]);
    assertThat(requests.get(1).session()).isEqualTo("s");
    assertThat(requests.get(5).session()).isNotEqualTo("s").isNotEmpty();
  }

  @Test
  void idsOfSeveralTracesAreCountedTogether(@TempDir Path folder) throws IOException {
    try (TraceReader reader =
        TraceReader.open(files(folder, LINE_1 + LINE_2, LINE_1 + LINE_2), BLOCKS, false)) {
      reader.forEachRemaining(_ -> {});

      assertThat(reader.ids().blocks()).isEqualTo(8);
      assertThat(reader.ids().distinctBlocks()).isEqualTo(6);
      assertThat(reader.ids().seenBlocks()).isEqualTo(2);
    }
  }

  @Test
  void filesOfDatesGoOnByDate(@TempDir Path folder) throws IOException {
    String monday = "TIMESTAMP,a,b\n2024-05-06 00:00:00,1,1\n2024-05-06 00:00:03,2,1\n";
    String tuesday = "TIMESTAMP,a,b\n2024-05-07 00:00:00,3,1\n";

    assertThat(readFiles(folder, monday, tuesday))
        .extracting(LoadRequest::timestampNanos)
        .containsExactly(0L, 3_000_000_000L, 86_400_000_000_000L);
    assertThat(readFiles(folder, tuesday, monday))
        .extracting(LoadRequest::timestampNanos)
        .containsExactly(0L, 0L, 3_000_000_000L);
  }

  @Test
  void aWrongLineThatIsLeftOutSetsNoClock() throws IOException {
    String text =
        """
        TIMESTAMP,ContextTokens,GeneratedTokens
        2023-11-16 00:00:00,0,10
        2023-11-17 00:00:00,5,10
        2023-11-17 00:00:02,6,10
        """;
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);

    try (TraceReader reader =
        TraceReader.open("t.csv", new ByteArrayInputStream(bytes), BLOCKS, true)) {
      List<LoadRequest> requests = new ArrayList<>();
      reader.forEachRemaining(requests::add);

      assertThat(requests)
          .extracting(LoadRequest::timestampNanos)
          .containsExactly(0L, 2_000_000_000L);
      assertThat(reader.badLines()).isEqualTo(1);
    }
  }

  @Test
  void datesThatNoNanosecondsReachAreRefused() {
    assertComplaint("1969-12-31 23:59:59,1,1\n", "time must be in the years 1970 to 2200, was in");
    assertComplaint("9999-01-01 00:00:00,1,1\n", "1970 to 2200, was in 9999");
  }

  @Test
  void filesThatTogetherLastTooLongAreRefused(@TempDir Path folder) {
    String file = "0,1,1\n3.9e9,1,1\n";

    assertThatThrownBy(() -> readFiles(folder, file, file, file))
        .hasMessageContaining(
            "2.jsonl:2: timestamp 3.9E9 s is too late: behind 7.8E9 s of the files before it, a"
                + " trace has 8.0E9 s");
  }

  @Test
  void sessionsOfSeveralTracesAreNeverTheSame(@TempDir Path folder) throws IOException {
    String own = LINE_2.replace("\"timestamp\": 10", "\"timestamp\": 10, \"session_id\": \"x\"");
    String like = own.replace("\"x\"", "\"1/x\"");
    assertThat(like).isNotEqualTo(own).isNotEqualTo(LINE_2);

    assertThat(readFiles(folder, LINE_1 + like + like, LINE_1 + own + like))
        .extracting(LoadRequest::session)
        .filteredOn(session -> !session.isEmpty())
        .hasSize(4)
        .satisfies(
            names -> assertThat(names.get(0)).isEqualTo(names.get(1)),
            names -> assertThat(names.subList(1, 4)).doesNotHaveDuplicates());
  }

  @Test
  void complaintsNameTheFileThatTheyAreAbout(@TempDir Path folder) {
    assertThatThrownBy(() -> readFiles(folder, LINE_1, LINE_1 + "{oops\n"))
        .hasMessageContaining("1.jsonl:2: not JSON");
    assertThatThrownBy(() -> readFiles(folder, LINE_2, LINE_2 + LINE_1))
        .hasMessageContaining("1.jsonl:2: timestamp falls from 0.01 to 0.0 s");
  }

  private static List<Path> files(Path folder, String... texts) throws IOException {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      files.add(Files.writeString(folder.resolve(i + ".jsonl"), texts[i]));
    }
    return files;
  }

  private static List<LoadRequest> readFiles(Path folder, String... texts) throws IOException {
    try (TraceReader reader = TraceReader.open(files(folder, texts), BLOCKS, false)) {
      List<LoadRequest> all = new ArrayList<>();
      reader.forEachRemaining(all::add);
      return all;
    }
  }

  @Test
  void aCutGzipFileIsAComplaint() throws IOException {
    byte[] whole = gzip(LINE_1 + LINE_2);
    byte[] cut = Arrays.copyOf(whole, whole.length - 12);

    assertThatThrownBy(() -> read(cut, BLOCKS)).hasMessageContaining("t.jsonl:");
  }

  @Test
  void aGzipFileCutInItsHeaderIsAComplaintThatNamesIt() throws IOException {
    byte[] whole = gzip(LINE_1);
    for (int length = 2; length < 10; length++) {
      byte[] cut = Arrays.copyOf(whole, length);

      assertThatThrownBy(() -> read(cut, BLOCKS))
          .isInstanceOf(TraceFormatException.class)
          .hasMessage("t.jsonl: the gzip file ends within its header");
    }
  }

  @Test
  void aGzipFileOfAnUnknownMethodIsAComplaintThatNamesIt() throws IOException {
    byte[] damaged = gzip(LINE_1);
    damaged[2] = 1;

    assertThatThrownBy(() -> read(damaged, BLOCKS))
        .isInstanceOf(TraceFormatException.class)
        .hasMessage("t.jsonl: Unsupported compression method");
  }

  @Test
  void enginesWithSmallerBlocksShareWhatTheTraceShares() throws IOException {
    String text = LINE_1 + LINE_2;

    List<LoadRequest> requests =
        read(text.getBytes(StandardCharsets.UTF_8), new TraceBlocks(512, 64));

    long[] one = requests.get(0).prompt().localHashes();
    long[] other = requests.get(1).prompt().localHashes();
    assertThat(one).hasSize(700 / 64).doesNotHaveDuplicates();
    assertThat(other).hasSize(600 / 64);
    assertThat(Arrays.mismatch(one, other)).isEqualTo(512 / 64);
  }

  private static void assertComplaint(String text, String complaint) {
    assertThatThrownBy(() -> read(text.getBytes(StandardCharsets.UTF_8), BLOCKS))
        .isInstanceOf(TraceFormatException.class)
        .hasMessageContaining(complaint);
  }

  private static List<LoadRequest> read(byte[] bytes, TraceBlocks blocks) throws IOException {
    try (TraceReader reader =
        TraceReader.open("t.jsonl", new ByteArrayInputStream(bytes), blocks, false)) {
      List<LoadRequest> all = new ArrayList<>();
      reader.forEachRemaining(all::add);
      return all;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private static String line(long timestamp, int input, String ids) {
    return "{\"timestamp\": %d, \"input_length\": %d, \"output_length\": 5, \"hash_ids\": %s}\n"
        .formatted(timestamp, input, ids);
  }
}
