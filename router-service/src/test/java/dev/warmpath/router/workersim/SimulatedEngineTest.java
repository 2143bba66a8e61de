package dev.warmpath.router.workersim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheDigest;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.replay.EngineSpeed;
import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

class SimulatedEngineTest {
  private static final int BLOCK_SIZE = 10;
  private static final int RANKS = 2;
  private static final int BLOCKS = 50;

  /** 1 ns a prompt token, 100 ns between output tokens. */
  private static final EngineSpeed SPEED = new EngineSpeed(1e9, 100, EngineSpeed.UNLIMITED);

  private final List<String> told = new ArrayList<>();
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final SimulatedEngine engine =
      new SimulatedEngine(RANKS, BLOCKS, BLOCK_SIZE, SPEED, 7, this::mirror);

  @Test
  void aPromptIsComputedThenGeneratedAndItsPrefixIsCachedForTheNext() {
    submit("first", 0, prompt(1, 2, 3), 3, 0);
    engine.advanceTo(29);
    assertThat(told).isEmpty();
    engine.advanceTo(30);
    submit("second", 0, prompt(1, 2, 4, 5), 1, 30);
    engine.advanceTo(230);

    assertThat(told)
        .containsExactly(
            "first: first token, 0 cached",
            "second: first token, 20 cached",
            "second: finished, 1",
            "first: finished, 3");
    assertThat(engine.activeRequests()).isZero();
    assertThat(engine.nextNanos()).isEqualTo(SimulatedTarget.IDLE);
  }

  @Test
  void aWhollyCachedPromptStillComputesItsLastToken() {
    submit("first", 0, prompt(1, 2), 1, 0);
    engine.advanceTo(20);
    submit("again", 0, prompt(1, 2), 1, 20);
    engine.advanceTo(21);

    assertThat(told).contains("again: first token, 19 cached");
  }

  @Test
  void aRankTellsHowBusyItIsAndCountsCommonBlocksOnce() {
    submit("first", 0, prompt(1, 2, 3), 3, 0);
    submit("second", 0, prompt(1, 2, 4, 5), 1_000, 0);
    assertThat(engine.use(0)).isEqualTo(new RankUse(1, 1, 3));
    engine.advanceTo(30);
    assertThat(engine.use(0)).isEqualTo(new RankUse(2, 0, 5));
    assertThat(engine.use(1)).isEqualTo(new RankUse(0, 0, 0));
    engine.advanceTo(500);
    assertThat(engine.use(0)).isEqualTo(new RankUse(1, 0, 4));
    engine.advanceTo(1_000_000);
    assertThat(engine.use(0)).isEqualTo(new RankUse(0, 0, 0));
  }

  @Test
  void ranksShareNoCache() {
    submit("one", 0, prompt(1, 2), 1, 0);
    submit("other", 1, prompt(1, 2), 1, 0);
    engine.advanceTo(100);
    submit("other again", 1, prompt(1, 2, 3), 1, 100);
    engine.advanceTo(200);

    assertThat(told)
        .contains("other: first token, 0 cached", "other again: first token, 20 cached");
  }

  @Test
  void progressIsToldFromTheFirstTokenOnAndNeverBeyondTheLast() {
    submit("waits", 0, prompt(1), 4, 0);
    engine.tellProgress(5);
    engine.advanceTo(10);
    engine.tellProgress(10);
    engine.tellProgress(209);
    engine.tellProgress(210);
    engine.tellProgress(5_000);
    engine.advanceTo(310);
    engine.tellProgress(311);

    assertThat(told)
        .containsExactly(
            "waits: first token, 0 cached",
            "waits: 1",
            "waits: 2",
            "waits: 3",
            "waits: 4",
            "waits: finished, 4");
  }

  @Test
  void anIdleEngineHoldsNothing() {
    assertThat(engine.ranks()).isEqualTo(RANKS);
    assertThat(engine.activeRequests()).isZero();
    assertThat(engine.nextNanos()).isEqualTo(SimulatedTarget.IDLE);
    assertThat(engine.digest(0)).isEqualTo(new CacheDigest().value());
    assertThat(engine.<Integer>withContent(0, List::size)).isZero();
  }

  @Test
  void contentDigestAndEventsAreInStepWheneverSomebodyLooks() {
    SplittableRandom chance = new SplittableRandom(5);
    ConcurrentLinkedQueue<String> mismatches = new ConcurrentLinkedQueue<>();
    CompletableFuture<Void> work =
        CompletableFuture.runAsync(() -> {
          for (int i = 0; i < 3_000; i++) {
            submit("", i % RANKS, random(chance), 1 + i % 3, i * 20L);
          }
          engine.advanceTo(Long.MAX_VALUE - 1);
        });
    int looks = 0;
    while (!work.isDone() || looks < 10) {
      int rank = looks++ % RANKS;
      engine.withContent(
          rank,
          content -> {
            long digest = digestOf(content);
            if (digest != engine.digest(rank) || digest != index.digest(rank)) {
              mismatches.add(
                  "content %x, engine %x, events %x"
                      .formatted(digest, engine.digest(rank), index.digest(rank)));
            }
            return digest;
          });
    }
    work.join();

    assertThat(mismatches).isEmpty();
    assertThat(engine.activeRequests()).isZero();
    assertThat(index.digest(0)).isNotZero().isNotEqualTo(index.digest(1));
  }

  /** An index that is told the events under the engine's monitor holds what the cache holds. */
  private void mirror(int rank, List<KvEvent> events) {
    events.forEach(event -> index.apply(rank, event, 0));
  }

  private static long digestOf(List<KvEvent> content) {
    PrefixIndex one = new PrefixIndex(IndexLimits.DEFAULT);
    content.forEach(event -> one.apply(0, event, 0));
    return one.digest(0);
  }

  private void submit(String name, int rank, Prompt prompt, int outputTokens, long nowNanos) {
    engine.submit(rank, prompt, outputTokens, new Told(name), nowNanos);
  }

  private static Prompt prompt(long... localHashes) {
    return new Prompt(localHashes.length * BLOCK_SIZE, localHashes);
  }

  private static Prompt random(SplittableRandom chance) {
    return prompt(chance.longs(1 + chance.nextInt(8), 1, 4).toArray());
  }

  private final class Told implements Generation {
    private final String name;

    Told(String name) {
      this.name = name;
    }

    @Override
    public void firstToken(int cachedTokens) {
      tell("first token, " + cachedTokens + " cached");
    }

    @Override
    public void progress(int outputTokens) {
      tell(Integer.toString(outputTokens));
    }

    @Override
    public void finished(int outputTokens) {
      tell("finished, " + outputTokens);
    }

    private void tell(String what) {
      if (!name.isEmpty()) {
        told.add(name + ": " + what);
      }
    }
  }
}
