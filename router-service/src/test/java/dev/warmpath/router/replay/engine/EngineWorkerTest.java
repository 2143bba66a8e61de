package dev.warmpath.router.replay.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.router.replay.Prompt;
import dev.warmpath.router.replay.SimulatedCache;
import dev.warmpath.router.replay.SimulatedCache.Fetched;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class EngineWorkerTest {
  private static final DecodeTime DECODE =
      new DecodeTime(20, 18, 0.05, 0.2, 4, 3, 0.03125, 1e-4, 5);
  private static final double NANOS_PER_MILLI = 1e6;
  private static final int SLOTS = 6;
  private static final long STEP_NANOS = 10_000_000;

  /** As long for all prompts of a step as for all that decode in it. */
  private static final PolynomialTime EVEN = new PolynomialTime(10, 0, 0, 10, 0, 0, 0);

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
  void whoseKvCameFromElsewhereDelaysAStepWithPromptsToo() {
    PrefillTime prompts = new PrefillTime(10, 0, 0.1, 0, 1, 1);
    DecodeTime aggregated = new DecodeTime(99, 99, 0, 0, 0, 0, 0, 0, 0);
    DecodeTime decode = new DecodeTime(20, 20, 0, 0, 0, 0, 0, 0, 5);
    DenseSteps steps =
        new DenseSteps(
            null, decode, new MixedTime(prompts, 0, 0, aggregated).withDecode(decode), 1);
    StepLoad load = new StepLoad();

    load.addRank(3, 300, 400, 0, 2, 1_000);
    assertThat(steps.millis(load, 1)).isCloseTo(10 + 40 + 2 * 5, within(1e-9));
    load.clear();
    load.addRank(3, 300, 1, 0, 0, 1_000);
    assertThat(steps.millis(load, 1)).isCloseTo(20, within(1e-9));
  }

  @Test
  void chunksShareTheStepTokensInOrderOfArrival() {
    MixedTime mixed =
        new MixedTime(
            new PrefillTime(10, 0, 0.1, 0, 1, 1),
            0,
            0,
            new DecodeTime(20, 20, 0, 0, 0, 0, 0, 0, 0));
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
    MixedTime mixed =
        new MixedTime(
            new PrefillTime(10, 0, 0, 0, 1, 1), 0, 0, new DecodeTime(20, 20, 0, 0, 0, 0, 0, 0, 0));
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
  void whoCameLastIsPreemptedAsOftenAsIfEveryBlockWereLookedAt() {
    long preemptions = 0;
    for (long seed = 1; seed <= 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RankLimits limits =
          new RankLimits(SLOTS, 20 + random.nextInt(150), SLOTS, 8, 20 + random.nextInt(40), true);
      List<Job> skipped = new ArrayList<>();
      List<Job> stepped = new ArrayList<>();
      long arrival = 0;
      for (int number = 0; number < 40; number++) {
        arrival += random.nextInt(40) * STEP_NANOS / 4;
        int input = 1 + random.nextInt(120);
        int output = 1 + random.nextInt(60);
        skipped.add(new Job(number, new Prompt(input, new long[0]), output, arrival));
        stepped.add(new Job(number, new Prompt(input, new long[0]), output, arrival));
      }
      EngineRank rank = rank(limits, true);
      run(skipped, rank, new EngineWorker(List.of(rank), new PolynomialSteps(EVEN)));
      new BlockByBlock(limits, stepped).run();

      for (int i = 0; i < skipped.size(); i++) {
        Job one = skipped.get(i);
        Job other = stepped.get(i);
        assertThat(List.of(one.firstTokenNanos(), one.finishNanos(), (long) one.preemptions()))
            .as("request %d, seed %d", i, seed)
            .containsExactly(
                other.firstTokenNanos(), other.finishNanos(), (long) other.preemptions());
        preemptions += one.preemptions();
      }
    }
    assertThat(preemptions).isGreaterThan(1_000);
  }

  @Test
  void aPreemptedRequestComputesAnewWhatIsNotCached() {
    MixedTime mixed =
        new MixedTime(
            new PrefillTime(10, 0, 1, 0, 1, 1), 0, 0, new DecodeTime(20, 20, 0, 0, 0, 0, 0, 0, 0));
    SimulatedCache cache = new SimulatedCache(100, 0);
    EngineRank rank =
        new EngineRank(
            new RankLimits(8, 8_192, 8, 10, 12, true),
            true,
            cache,
            Offload.NONE,
            new ArrayDeque<>());
    EngineWorker worker =
        new EngineWorker(List.of(rank), new DenseSteps(null, mixed.decode(), mixed, 1));
    Job first = new Job(0, new Prompt(50, new long[] {1, 2, 3, 4, 5}), 40, 0);
    Job second = new Job(1, new Prompt(50, new long[] {11, 12, 13, 14, 15}), 40, 0);
    worker.submit(rank, first, 0);
    worker.submit(rank, second, 0);
    cache.reserve(second.prompt(), new ArrayList<>());
    cache.store(second.prompt(), new ArrayList<>());

    drain(worker);

    // Both have 60 tokens when the twelve blocks are full: 9 of the answer and the last known one.
    assertThat(first.preemptions()).isZero();
    assertThat(second.preemptions()).isOne();
    assertThat(rank.computedTokens()).isEqualTo(50 + 1 + 11);
    assertThat(second.cachedTokens()).isEqualTo(49);
    assertThat(second.finishNanos()).isGreaterThan(first.finishNanos());
    assertThat(second.firstTokenNanos()).isEqualTo(first.firstTokenNanos());
  }

  @Test
  void aPreemptedRequestFetchesAnewWhatIsOnTheDeviceNoLonger() {
    Job freely = preemptedWithBlocksOnHost(0);
    Job slowly = preemptedWithBlocksOnHost(100);

    assertThat(slowly.preemptions()).isOne();
    assertThat(slowly.fetched().hostBlocks()).isEqualTo(5);
    // When it comes back, its five blocks are still on the device.
    assertThat(slowly.finishNanos() - freely.finishNanos()).isEqualTo(5 * 100_000_000L);
  }

  private static Job preemptedWithBlocksOnHost(double fetchMillis) {
    SimulatedCache cache = new SimulatedCache(12, 100, 0, 0);
    Prompt prompt = new Prompt(50, new long[] {11, 12, 13, 14, 15});
    store(cache, prompt);
    store(cache, new Prompt(120, LongStream.range(100, 112).toArray()));
    EngineRank rank =
        new EngineRank(
            new RankLimits(8, 8_192, 8, 10, 12, true),
            true,
            cache,
            Offload.of(100, fetchMillis, 0, 0),
            new ArrayDeque<>());
    MixedTime mixed = new MixedTime(new PrefillTime(10, 0, 1, 0, 1, 1), 0, 0, DECODE);
    EngineWorker worker = new EngineWorker(List.of(rank), new DenseSteps(null, DECODE, mixed, 1));
    Job preempted = new Job(1, prompt, 40, 0);
    worker.submit(rank, new Job(0, new Prompt(50, new long[] {1, 2, 3, 4, 5}), 40, 0), 0);
    worker.submit(rank, preempted, 0);
    drain(worker);
    return preempted;
  }

  private static void store(SimulatedCache cache, Prompt prompt) {
    cache.reserve(prompt, new ArrayList<>());
    cache.store(prompt, new ArrayList<>());
  }

  @Test
  void aDeadWorkerGivesBackEveryoneOnIt() {
    EngineRank rank = rank(new RankLimits(1, 8_192, 8, 10, 30), true);
    MixedTime mixed = new MixedTime(new PrefillTime(10, 0, 0, 0, 1, 1), 0, 0, DECODE);
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
    return new EngineRank(limits, decodesWhatItComputes, null, Offload.NONE, new ArrayDeque<>());
  }

  private static Job withKvThere(int number, int input, int output, long arrival) {
    Job job = new Job(number, new Prompt(input, new long[0]), output, arrival);
    job.startPrompt(0, Fetched.NONE, 1, arrival);
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
    run(jobs, rank, new EngineWorker(List.of(rank), new DenseSteps(null, DECODE, null, 1)));
  }

  private static void run(List<Job> jobs, EngineRank rank, EngineWorker worker) {
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

  /** Preemption the obvious way: every step on its own, every block counted. */
  private static final class BlockByBlock {
    private final RankLimits limits;
    private final List<Job> toCome;
    private final ArrayDeque<Job> waiting = new ArrayDeque<>();
    private final List<Job> running = new ArrayList<>();
    private final Map<Job, Integer> generated = new HashMap<>();
    private final Map<Job, Integer> leftToCompute = new HashMap<>();
    private final Map<Job, Integer> chunks = new HashMap<>();

    BlockByBlock(RankLimits limits, List<Job> jobs) {
      this.limits = limits;
      this.toCome = new ArrayList<>(jobs);
    }

    void run() {
      long now = 0;
      while (!toCome.isEmpty() || !waiting.isEmpty() || !running.isEmpty()) {
        if (waiting.isEmpty() && running.isEmpty()) {
          now = Math.max(now, toCome.getFirst().arrivalNanos());
        }
        while (!toCome.isEmpty() && toCome.getFirst().arrivalNanos() <= now) {
          waiting.add(toCome.removeFirst());
        }
        boolean preempted = preempt();
        chunks.clear();
        int decoding = (int) running.stream().filter(job -> left(job) == 0).count();
        running.forEach(job -> plan(job, decoding));
        if (!preempted) {
          admit(decoding);
        }
        now += (decoding > 0 ? STEP_NANOS : 0) + (chunks.isEmpty() ? 0 : STEP_NANOS);
        generate(now);
      }
    }

    private boolean preempt() {
      boolean any = false;
      while (running.size() > 1
          && running.stream().mapToLong(this::blocks).sum() > limits.kvBlocks()) {
        Job last = running.removeLast();
        last.preempt(generated.getOrDefault(last, 0));
        waiting.addFirst(last);
        any = true;
      }
      return any;
    }

    private int left(Job job) {
      return leftToCompute.getOrDefault(job, 0);
    }

    /** Returns whether it gets anything of what the step has left. */
    private boolean plan(Job job, int decoding) {
      int taken = chunks.values().stream().mapToInt(Integer::intValue).sum();
      int chunk = Math.min(left(job), Math.max(0, limits.stepTokens() - decoding) - taken);
      if (chunk > 0) {
        chunks.put(job, chunk);
      }
      return chunk > 0;
    }

    private void admit(int decoding) {
      while (!waiting.isEmpty()
          && running.size() < limits.slots()
          && (running.isEmpty()
              || running.stream().mapToLong(this::blocks).sum() + blocks(waiting.element())
                  <= limits.kvBlocks())) {
        Job job = waiting.element();
        leftToCompute.put(job, job.prompt().tokens() + generated.getOrDefault(job, 0));
        if (!plan(job, decoding)) {
          break;
        }
        running.add(waiting.remove());
      }
    }

    private long blocks(Job job) {
      return Math.ceilDiv(
          job.prompt().tokens() + generated.getOrDefault(job, 0), limits.blockSize());
    }

    private void generate(long now) {
      for (Job job : List.copyOf(running)) {
        boolean decodes = left(job) == 0;
        leftToCompute.put(job, left(job) - chunks.getOrDefault(job, 0));
        if (decodes || left(job) == 0) {
          generateOne(job, now);
        }
      }
    }

    private void generateOne(Job job, long now) {
      int tokens = generated.merge(job, 1, Integer::sum);
      if (tokens == 1) {
        job.firstToken(now);
      }
      if (tokens == job.outputTokens()) {
        job.finished(now);
        running.remove(job);
      }
    }
  }
}
