package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Workers;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacesTest {
  private static final long MILLI = Duration.ofMillis(1).toNanos();
  private static final int TOKENS = 100;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(4, 1_000, 1L << 40), 1);
  private final WorkerFigures workers = new WorkerFigures();
  private final Paces paces = new Paces(ledger);
  private long now;

  @Test
  void theFirstLessonsCountAtOnce() {
    workers.show(List.of(target(0), target(1)));
    paces.show(workers, now);
    assertThat(paces.meanMillisPerToken()).isZero();

    teach(0, 2);

    assertThat(paces.millisPerToken(0)).isZero();
    paces.show(workers, now);
    assertThat(paces.millisPerToken(0)).isCloseTo(2, within(1e-9));
    assertThat(paces.millisPerToken(1)).isZero();
    assertThat(paces.meanMillisPerToken()).isCloseTo(2, within(1e-9));
  }

  @Test
  void aLessonAfterManyWaitsForTenMilliseconds() {
    workers.show(List.of(target(0), target(1)));
    for (int i = 0; i < 50; i++) {
      teach(0, 2);
    }
    paces.show(workers, now);
    long read = now;

    teachAt(1, 4, now);
    paces.show(workers, read + 10 * MILLI - 1);
    assertThat(paces.millisPerToken(1)).isZero();

    paces.show(workers, read + 10 * MILLI);
    assertThat(paces.millisPerToken(1)).isCloseTo(4, within(1e-9));
  }

  @Test
  void manyLessonsCountAtOnce() {
    workers.show(List.of(target(0), target(1)));
    for (int i = 0; i < 48; i++) {
      teach(0, 2);
    }
    paces.show(workers, now);
    long read = now;

    for (int i = 0; i < 7; i++) {
      teachAt(1, 4, read);
    }
    paces.show(workers, read);

    assertThat(paces.millisPerToken(1)).isCloseTo(4, within(1e-9));
  }

  @Test
  void otherTargetsAreReadAtOnce() {
    for (int i = 0; i < 50; i++) {
      teach(0, 2);
    }
    workers.show(List.of(target(1)));
    paces.show(workers, now);
    workers.show(List.of(target(0)));
    paces.show(workers, now);

    assertThat(paces.millisPerToken(0)).isCloseTo(2, within(1e-9));
  }

  /** A prompt is computed in so many milliseconds a token, which pass. */
  private void teach(int slot, long millisPerToken) {
    long booked = now;
    now += TOKENS * millisPerToken * MILLI;
    ledger.firstToken(ledger.book(load(slot), booked), now);
  }

  /** A prompt that was computed so, up to this moment. */
  private void teachAt(int slot, long millisPerToken, long computed) {
    long booking = ledger.book(load(slot), computed - TOKENS * millisPerToken * MILLI);
    ledger.firstToken(booking, computed);
  }

  private static Load load(int slot) {
    return new Load(slot, slot, TOKENS, TOKENS, 16);
  }

  private static Target target(int slot) {
    return new Target(Workers.worker("w" + slot), 0, slot);
  }
}
