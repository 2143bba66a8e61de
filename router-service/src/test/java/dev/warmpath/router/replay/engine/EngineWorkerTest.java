package dev.warmpath.router.replay.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.replay.Prompt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EngineWorkerTest {
  private static final DecodeTime DECODE =
      new DecodeTime(20, 18, 0.05, 0.2, 4, 3, 0.03125, 1e-4, 5);
  private static final double NANOS_PER_MILLI = 1e6;
  private static final int SLOTS = 6;

  @Test
  void skippingStepsIsTheSameAsTakingThemOneByOne() {
    for (long seed = 1; seed <= 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<Job> skipped = new ArrayList<>();
      List<Job> stepped = new ArrayList<>();
      long arrival = 0;
      for (int number = 0; number < 40; number++) {
        arrival += random.nextInt(300) * 1_000_000L;
        int input = 1 + random.nextInt(5_000);
        int output = 1 + random.nextInt(60);
        skipped.add(withKvThere(number, input, output, arrival));
        stepped.add(withKvThere(number, input, output, arrival));
      }

      run(skipped);
      stepOneByOne(stepped);

      for (int i = 0; i < skipped.size(); i++) {
        assertThat(skipped.get(i).firstTokenNanos())
            .as("first token of %d, seed %d", i, seed)
            .isCloseTo(stepped.get(i).firstTokenNanos(), within(1_000L));
        assertThat(skipped.get(i).finishNanos())
            .as("finish of %d, seed %d", i, seed)
            .isCloseTo(stepped.get(i).finishNanos(), within(1_000L));
      }
    }
  }

  @Test
  void polynomialStepsAddUp() {
    PolynomialSteps steps =
        new PolynomialSteps(new PolynomialTime(16.5, 0.015, 4e-7, 5.74, 54.01, -25.74, 1));
    StepLoad load = new StepLoad();
    double sum = 0;
    for (int step = 0; step < 500; step++) {
      load.clear();
      load.addRank(3, 600 + 3L * step, 0, 0, 0, 1_500);
      sum += steps.millis(load, 1);
    }
    load.clear();
    load.addRank(3, 600, 0, 0, 0, 1_500);

    assertThat(steps.millis(load, 500)).isCloseTo(sum, within(1e-9 * sum));
  }

  @Test
  void chunksShareTheStepTokensInOrderOfArrival() {
    MixedTime mixed = new MixedTime(10, 0.1, 0, 0, 1, new DecodeTime(20, 20, 0, 0, 0, 0, 0, 0, 0));
    EngineRank rank = rank(new RankLimits(8, 100, 8, 16, 1_000), true);
    EngineWorker worker =
        new EngineWorker(List.of(rank), new DenseSteps(null, mixed.decode(), mixed, 1));
    Job first = new Job(0, new Prompt(150, new long[0]), 1, 0);
    Job second = new Job(1, new Prompt(40, new long[0]), 1, 0);
    worker.submit(rank, first, 0);
    worker.submit(rank, second, 0);

    drain(worker);

    // 100 tokens of the first; 50 of the first and 40 of the second.
    assertThat(first.promptEndNanos() / NANOS_PER_MILLI).isCloseTo(20 + 19, within(1e-6));
    assertThat(second.promptEndNanos()).isEqualTo(first.promptEndNanos());
  }

  @Test
  void ranksOfAWorkerStepTogether() {
    AttentionDpTime time = new AttentionDpTime(17, 30, 110, 20, 1.2, 0.05, 0.01);
    RankLimits limits = new RankLimits(8, 8_192, 8, 512, 1_000);
    EngineRank one = rank(limits, false);
    EngineRank other = rank(limits, false);
    EngineWorker worker = new EngineWorker(List.of(one, other), new AttentionDpSteps(time, false));
    Job small = new Job(0, new Prompt(1_000, new long[0]), 1, 0);
    Job large = new Job(1, new Prompt(4_000, new long[0]), 1, 0);
    worker.submit(one, small, 0);
    worker.submit(other, large, 0);

    drain(worker);

    double millis = 20 + 0.05 * 4_000 + 0.01 * 5_000;
    assertThat(small.promptEndNanos() / NANOS_PER_MILLI).isCloseTo(millis, within(1e-6));
    assertThat(large.promptEndNanos()).isEqualTo(small.promptEndNanos());
  }

  @Test
  void aRequestWaitsUntilThereIsMemoryForPromptAndAnswer() {
    MixedTime mixed = new MixedTime(10, 0, 0, 0, 1, new DecodeTime(20, 20, 0, 0, 0, 0, 0, 0, 0));
    EngineRank rank = rank(new RankLimits(8, 8_192, 8, 10, 30), true);
    EngineWorker worker =
        new EngineWorker(List.of(rank), new DenseSteps(null, mixed.decode(), mixed, 1));
    Job first = new Job(0, new Prompt(100, new long[0]), 100, 0);
    Job second = new Job(1, new Prompt(100, new long[0]), 10, 0);
    worker.submit(rank, first, 0);
    worker.submit(rank, second, 0);

    drain(worker);

    assertThat(second.promptStartNanos()).isEqualTo(first.finishNanos());
  }

  @Test
  void aDeadWorkerGivesBackEveryoneOnIt() {
    EngineRank rank = rank(new RankLimits(1, 8_192, 8, 10, 30), true);
    MixedTime mixed = new MixedTime(10, 0, 0, 0, 1, DECODE);
    EngineWorker worker =
        new EngineWorker(List.of(rank), new DenseSteps(null, mixed.decode(), mixed, 1));
    Job running = new Job(0, new Prompt(100, new long[0]), 100, 0);
    Job waiting = new Job(1, new Prompt(100, new long[0]), 10, 0);
    worker.submit(rank, running, 0);
    worker.submit(rank, waiting, 0);
    worker.begin(0);

    assertThat(worker.fail(7)).containsExactly(running, waiting);
    assertThat(worker.nextNanos()).isEqualTo(EngineWorker.IDLE);
    assertThat(rank.running()).isZero();
  }

  private static EngineRank rank(RankLimits limits, boolean decodesWhatItComputes) {
    return new EngineRank(limits, decodesWhatItComputes, null, 0, new ArrayDeque<>());
  }

  private static Job withKvThere(int number, int input, int output, long arrival) {
    Job job = new Job(number, new Prompt(input, new long[0]), output, arrival);
    job.startPrompt(0, 0, 1, arrival);
    job.plan(Integer.MAX_VALUE);
    job.endChunk(arrival);
    return job;
  }

  private static void drain(EngineWorker worker) {
    StepOutcome outcome = new StepOutcome();
    while (worker.nextNanos() != EngineWorker.IDLE) {
      if (worker.isStepping()) {
        worker.end(outcome);
      } else {
        worker.begin(worker.nextNanos());
      }
    }
  }

  private static void run(List<Job> jobs) {
    EngineRank rank =
        rank(new RankLimits(SLOTS, RankLimits.UNLIMITED, 1, 16, RankLimits.UNLIMITED), false);
    EngineWorker worker = new EngineWorker(List.of(rank), new DenseSteps(null, DECODE, null, 1));
    StepOutcome outcome = new StepOutcome();
    int next = 0;
    while (next < jobs.size() || worker.nextNanos() != EngineWorker.IDLE) {
      long arrival = next < jobs.size() ? jobs.get(next).arrivalNanos() : Long.MAX_VALUE;
      if (worker.isStepping() && worker.nextNanos() <= arrival) {
        worker.end(outcome);
      } else if (arrival <= worker.nextNanos()) {
        worker.submit(rank, jobs.get(next++), arrival);
      } else {
        worker.begin(worker.nextNanos());
      }
    }
  }

  /** The obvious way: every step on its own, every sequence looked at. */
  private static void stepOneByOne(List<Job> jobs) {
    List<Job> waiting = new ArrayList<>(jobs);
    List<Job> batch = new ArrayList<>();
    Map<Job, Integer> generated = new HashMap<>();
    long now = 0;
    while (!waiting.isEmpty() || !batch.isEmpty()) {
      if (batch.isEmpty()) {
        now = Math.max(now, waiting.getFirst().arrivalNanos());
      }
      int admitted = 0;
      while (!waiting.isEmpty()
          && batch.size() < SLOTS
          && waiting.getFirst().arrivalNanos() <= now) {
        generated.put(waiting.getFirst(), 0);
        batch.add(waiting.removeFirst());
        admitted++;
      }
      long context = 0;
      for (Job job : batch) {
        context += job.prompt().tokens() + generated.getOrDefault(job, 0);
      }
      now += Math.round(DECODE.millis(batch.size(), context, admitted, 1) * NANOS_PER_MILLI);
      for (Job job : List.copyOf(batch)) {
        int tokens = generated.merge(job, 1, Integer::sum);
        if (tokens == 1) {
          job.firstToken(now);
        }
        if (tokens == job.outputTokens()) {
          job.finished(now);
          batch.remove(job);
        }
      }
    }
  }
}
