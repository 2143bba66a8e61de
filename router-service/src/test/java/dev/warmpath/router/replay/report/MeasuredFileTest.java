package dev.warmpath.router.replay.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.warmpath.router.replay.calibrate.MeasuredLoop;
import dev.warmpath.router.replay.study.Figures;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class MeasuredFileTest {
  private static final String TABLES =
      """
      {"tables": [
        {"config": {"id": "a"}, "isl": 500, "osl": 9,
         "rows": [{"concurrency": 2, "req_s": 1.5, "engine": "x", "ttft_mean_ms": null}]},
        {"config": {"id": "a"}, "isl": 600, "osl": 9, "rows": [{"concurrency": 0}]},
        {"config": {"id": "a b"}, "isl": 500, "osl": 9, "rows": []}]}
      """;

  @Test
  void aRowHasItsNumbers() {
    MeasuredFile.Row row = file().table("a 500:9").rows().getFirst();

    assertThat(row.concurrency()).isEqualTo(2);
    assertThat(row.figures()).containsOnlyKeys("concurrency", "req_s").containsEntry("req_s", 1.5);
  }

  @Test
  void aTableIsMeantByIdOrByIdAndLengths() {
    assertThat(file().table("a 600:9").inputTokens()).isEqualTo(600);
    assertThat(file().table("a b").rows()).isEmpty();
    assertThat(file().table("a", 500, 9).name()).isEqualTo("a 500:9");
    assertThat(file().table("a 500:9", 500, 9).name()).isEqualTo("a 500:9");
    assertThat(file().tables(List.of("a b", "a 500:9"))).hasSize(2);
    assertThat(file().tables(List.of("a"))).hasSize(2);
    assertThat(file().tables(List.of())).hasSize(3);
  }

  @Test
  void aTableThatIsNotThereOnceIsRefusedWithThoseThatAre() {
    assertRefused(
        () -> file().table("a"),
        "f: must have one table a, has 2; there are: a 500:9, a 600:9, a b 500:9");
    assertRefused(
        () -> file().tables(List.of("a", "c")),
        "f: has no table c; there are: a 500:9, a 600:9, a b 500:9");
  }

  @Test
  void aRowWithoutClientsSpoilsItsTableOnly() {
    assertThat(file().table("a 500:9").rows()).hasSize(1);
    assertRefused(
        () -> file().table("a 600:9").rows(),
        "f: concurrency of a row of a 600:9 must be a whole number from 1, was 0");
  }

  @Test
  void whoeverReadsAFileComplainsAlike() {
    Stream.<ThrowingCallable>of(
            () -> MeasuredTable.read("f", "{", null, 500, 9),
            () -> Figures.ofMeasured("f", "{", null),
            () -> MeasuredLoop.read("f", "{", List.of(), _ -> fail()))
        .forEach(read -> assertThatThrownBy(read).hasMessageStartingWith("f: is not JSON: "));
    String noClients = "f: concurrency of a row of a 600:9 must be a whole number from 1, was 0";
    assertRefused(() -> MeasuredTable.read("f", TABLES, "a", 600, 9), noClients);
    assertRefused(() -> Figures.ofMeasured("f", TABLES, "a 600:9"), noClients);
    assertRefused(() -> MeasuredLoop.read("f", TABLES, List.of("a 600:9"), _ -> fail()), noClients);
  }

  private static MeasuredFile file() {
    return MeasuredFile.read("f", TABLES);
  }

  private static void assertRefused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
