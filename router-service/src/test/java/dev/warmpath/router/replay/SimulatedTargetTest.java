package dev.warmpath.router.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.KvEvent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One token of prefill takes 1 ns, one output token 100 ns. */
final class SimulatedTargetTest {
  private static final double TOKENS_PER_SECOND = 1e9;
  private static final long NANOS_PER_OUTPUT_TOKEN = 100;

  private final Recorder heard = new Recorder();

  @Test
  void computesAtOnceWhenIdleAndDecodesAfterwards() {
    SimulatedTarget target = target(EngineSpeed.UNLIMITED);
    target.submit(1, Prompts.of(1, 2), 3, 1_000);

    assertThat(target.nextNanos()).isEqualTo(1_020);
    target.advanceTo(5_000);

    assertThat(heard.lines)
        .containsExactly(
            "1000 prefill 1, 0 cached, 20 computed",
            "1020 Stored",
            "1020 first token 1",
            "1220 finished 1");
    assertThat(target.nextNanos()).isEqualTo(SimulatedTarget.IDLE);
  }

  @Test
  void computesOnePromptAtATimeInTheOrderOfArrival() {
    SimulatedTarget target = target(EngineSpeed.UNLIMITED);
    target.submit(1, Prompts.of(1, 2), 1, 0);
    target.submit(2, Prompts.of(3), 1, 5);
    target.submit(3, Prompts.of(4), 1, 5);
    assertThat(target.waiting()).isEqualTo(2);
    target.advanceTo(1_000);

    assertThat(heard.lines)
        .contains("20 first token 1", "30 first token 2", "40 first token 3")
        .contains("20 prefill 2, 0 cached, 10 computed", "30 prefill 3, 0 cached, 10 computed");
  }

  @Test
  void settlesHitsWhenThePrefillStarts() {
    SimulatedTarget target = target(EngineSpeed.UNLIMITED);
    target.submit(1, Prompts.of(1, 2), 1, 0);
    target.submit(2, Prompts.of(1, 2, 3), 1, 1);
    target.advanceTo(1_000);

    assertThat(heard.lines).contains("20 prefill 2, 2 cached, 10 computed", "30 first token 2");
  }

  @Test
  void alwaysComputesOneToken() {
    SimulatedTarget target = target(EngineSpeed.UNLIMITED);
    target.submit(1, Prompts.of(1, 2), 1, 0);
    target.submit(2, Prompts.of(1, 2), 1, 100);
    target.advanceTo(1_000);

    assertThat(heard.lines).contains("100 prefill 2, 2 cached, 1 computed", "101 first token 2");
  }

  @Test
  void decodesBesideThePrefillsThatFollow() {
    SimulatedTarget target = target(EngineSpeed.UNLIMITED);
    target.submit(1, Prompts.of(1), 2, 0);
    target.submit(2, Prompts.of(2), 1, 0);
    target.advanceTo(1_000);

    assertThat(heard.lines).contains("10 first token 1", "20 first token 2", "110 finished 1");
  }

  @Test
  void startsNoPrefillWhileTheBatchIsFull() {
    SimulatedTarget target = target(1);
    target.submit(1, Prompts.of(1), 2, 0);
    target.submit(2, Prompts.of(2), 1, 0);
    target.advanceTo(50);
    assertThat(target.waiting()).isEqualTo(1);
    assertThat(target.running()).isEqualTo(1);

    target.advanceTo(1_000);
    assertThat(heard.lines).contains("110 prefill 2, 0 cached, 10 computed", "120 first token 2");
  }

  @Test
  void finishesAtTheFirstTokenWhenThatIsAll() {
    SimulatedTarget target = target(EngineSpeed.UNLIMITED);
    target.submit(1, Prompts.of(1), 0, 0);
    target.advanceTo(10);

    assertThat(heard.lines).endsWith("10 first token 1", "10 finished 1");
  }

  @Test
  void tellsOfEvictionsBeforeTheRequestThatNeedsTheRoom() {
    SimulatedTarget target =
        new SimulatedTarget(
            new SimulatedCache(2, 1), Prompts.BLOCK_SIZE, speed(EngineSpeed.UNLIMITED), heard);
    target.submit(1, Prompts.of(1, 2), 1, 0);
    target.submit(2, Prompts.of(3), 1, 100);

    assertThat(heard.lines).endsWith("100 Removed", "100 prefill 2, 0 cached, 10 computed");
  }

  private SimulatedTarget target(int batchLimit) {
    return new SimulatedTarget(
        new SimulatedCache(100, 1), Prompts.BLOCK_SIZE, speed(batchLimit), heard);
  }

  private static EngineSpeed speed(int batchLimit) {
    return new EngineSpeed(TOKENS_PER_SECOND, NANOS_PER_OUTPUT_TOKEN, batchLimit);
  }

  /** Writes down everything, one line each. */
  private static final class Recorder implements EngineListener {
    final List<String> lines = new ArrayList<>();

    @Override
    public void prefillStarted(long request, int cachedBlocks, int tokens, long nowNanos) {
      lines.add(
          "%d prefill %d, %d cached, %d computed"
              .formatted(nowNanos, request, cachedBlocks, tokens));
    }

    @Override
    public void firstToken(long request, long nowNanos) {
      lines.add(nowNanos + " first token " + request);
    }

    @Override
    public void finished(long request, long nowNanos) {
      lines.add(nowNanos + " finished " + request);
    }

    @Override
    public void cacheChanged(List<KvEvent> events, long nowNanos) {
      events.forEach(event -> lines.add(nowNanos + " " + event.getClass().getSimpleName()));
    }
  }
}
