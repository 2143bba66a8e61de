package dev.warmpath.router.replay.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.router.replay.Prompt;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KvMemoryTest {
  private static final int BLOCK = 10;

  @Test
  void aCommonPrefixIsTakenOnce() {
    KvMemory memory = new KvMemory(limits(12), true);
    memory.take(job(0, 80, 10, 1, 2, 3, 4, 5, 6, 7, 8));

    // 8 + 1 blocks are taken; this one adds one of its prompt and one for its answer.
    assertThat(memory.hasRoomFor(job(1, 80, 10, 1, 2, 3, 4, 5, 6, 7, 9))).isTrue();
    assertThat(memory.hasRoomFor(job(2, 80, 10, 9, 2, 3, 4, 5, 6, 7, 8))).isFalse();
  }

  @Test
  void withoutPrefixCacheEveryoneHasBlocksOfHisOwn() {
    KvMemory memory = new KvMemory(limits(12), false);
    memory.take(job(0, 80, 10, 1, 2, 3, 4, 5, 6, 7, 8));

    assertThat(memory.hasRoomFor(job(1, 80, 10, 1, 2, 3, 4, 5, 6, 7, 8))).isFalse();
  }

  @Test
  void aBlockThatAPromptDoesNotFillIsNotShared() {
    KvMemory memory = new KvMemory(limits(3), true);
    memory.take(job(0, 15, 5, 1, 2));

    assertThat(memory.hasRoomFor(job(1, 15, 5, 1, 2))).isTrue();
    memory.take(job(1, 15, 5, 1, 2));
    assertThat(memory.hasRoomFor(job(2, 15, 5, 1, 2))).isFalse();
  }

  @Test
  void asMuchIsTakenAsASetOfTheBlocksHas() {
    for (long seed = 1; seed <= 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RankLimits limits = limits(10 + random.nextInt(120));
      KvMemory memory = new KvMemory(limits, true);
      List<Job> inWork = new ArrayList<>();
      for (int step = 0; step < 400; step++) {
        Job next = randomJob(step, random);
        boolean room = takenBlocks(inWork, next) <= limits.kvBlocks();
        assertThat(memory.hasRoomFor(next)).as("step %d, seed %d", step, seed).isEqualTo(room);
        if (room || inWork.isEmpty()) {
          memory.take(next);
          inWork.add(next);
        } else {
          memory.giveBack(inWork.remove(random.nextInt(inWork.size())), 0);
        }
        if (random.nextInt(100) == 0) {
          memory.clear();
          inWork.clear();
        }
      }
    }
  }

  @Test
  void answersTakeAsMuchAsASetOfTheBlocksHasWhileTheyGrow() {
    for (long seed = 1; seed <= 60; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      RankLimits limits = new RankLimits(8, 8_192, 8, BLOCK, 10 + random.nextInt(120), true);
      KvMemory memory = new KvMemory(limits, true);
      List<Job> inWork = new ArrayList<>();
      long step = random.nextInt(1_000);
      for (int round = 0; round < 400; round++) {
        Job next = randomJob(round, random);
        boolean room = taken(inWork, next, step) <= limits.kvBlocks();
        assertThat(memory.hasRoomFor(next)).as("round %d, seed %d", round, seed).isEqualTo(room);
        if (room) {
          memory.take(next);
          inWork.add(next);
          if (random.nextInt(4) > 0) {
            next.join(step, 1);
            memory.decodes(next);
          }
        }
        long most = random.nextLong(1, 61);
        long steps = memory.stepsInRoom(step, most);
        assertThat(steps)
            .as("round %d, seed %d", round, seed)
            .isEqualTo(stepsInRoom(inWork, step, most, limits));
        memory.grow(step, steps);
        step += steps;
        while (!memory.isEnough()) {
          assertThat(taken(inWork, null, step)).isGreaterThan(limits.kvBlocks());
          assertThat(memory.lastTaken()).isEqualTo(inWork.getLast());
          memory.giveBack(inWork.removeLast(), step);
        }
        assertThat(taken(inWork, null, step)).isLessThanOrEqualTo(limits.kvBlocks());
        if (random.nextInt(3) == 0 && !inWork.isEmpty()) {
          memory.giveBack(inWork.remove(random.nextInt(inWork.size())), step);
        }
      }
    }
  }

  private static long stepsInRoom(List<Job> inWork, long step, long most, RankLimits limits) {
    if (inWork.stream().noneMatch(Job::grows)) {
      return most;
    }
    long steps = 1;
    while (steps < most && taken(inWork, null, step + steps) <= limits.kvBlocks()) {
      steps++;
    }
    return steps;
  }

  private static long taken(List<Job> inWork, @Nullable Job next, long step) {
    Set<List<Long>> shared = new HashSet<>();
    long own = 0;
    List<Job> all = new ArrayList<>(inWork);
    if (next != null) {
      all.add(next);
    }
    for (Job job : all) {
      int full = addFullBlocks(job, shared);
      long tokens = job.grows() ? job.contextAt(step) : job.prompt().tokens();
      own += Math.ceilDiv(tokens, BLOCK) - full;
    }
    return shared.size() + own;
  }

  private static int addFullBlocks(Job job, Set<List<Long>> shared) {
    int full = Math.min(job.prompt().blocks(), job.prompt().tokens() / BLOCK);
    List<Long> path = new ArrayList<>();
    for (int i = 0; i < full; i++) {
      path.add(job.prompt().localHashes()[i]);
      shared.add(List.copyOf(path));
    }
    return full;
  }

  private static long takenBlocks(List<Job> inWork, Job next) {
    Set<List<Long>> shared = new HashSet<>();
    long own = 0;
    List<Job> all = new ArrayList<>(inWork);
    all.add(next);
    for (Job job : all) {
      int full = addFullBlocks(job, shared);
      own += Math.ceilDiv(job.prompt().tokens() + job.outputTokens(), BLOCK) - full;
    }
    return shared.size() + own;
  }

  private static Job randomJob(int number, SplittableRandom random) {
    long[] hashes = new long[1 + random.nextInt(12)];
    int fork = random.nextInt(hashes.length + 1);
    for (int i = 0; i < hashes.length; i++) {
      hashes[i] = i < fork ? i : 100 + random.nextInt(3);
    }
    int tokens = hashes.length * BLOCK - random.nextInt(BLOCK);
    return job(number, tokens, 1 + random.nextInt(40), hashes);
  }

  private static RankLimits limits(int kvBlocks) {
    return new RankLimits(8, 8_192, 8, BLOCK, kvBlocks);
  }

  private static Job job(int number, int tokens, int output, long... localHashes) {
    return new Job(number, new Prompt(tokens, localHashes), output, 0);
  }
}
