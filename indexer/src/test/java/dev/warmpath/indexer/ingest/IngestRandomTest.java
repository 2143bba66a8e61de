package dev.warmpath.indexer.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.CacheSnapshot;
import dev.warmpath.indexer.event.EventBatch;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.TargetId;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.testing.ModelCache;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several targets over a network that loses, repeats and reorders, with a small inbox, workers that
 * restart and snapshots that come late: in the end the index equals every cache.
 */
class IngestRandomTest {
  private static final String MODEL = "model";
  private static final long STEP_NANOS = Duration.ofMillis(1).toNanos();
  private static final IngestLimits LIMITS =
      new IngestLimits(
          40,
          2_000,
          4_000,
          6,
          Duration.ofMillis(5).toNanos(),
          Duration.ofSeconds(5).toNanos(),
          Duration.ofMillis(10).toNanos(),
          Duration.ofMillis(80).toNanos(),
          Duration.ofMillis(100).toNanos(),
          Duration.ofSeconds(120).toNanos(),
          Duration.ofSeconds(120).toNanos());
  private static final IndexLimits INDEX_LIMITS =
      new IndexLimits(8, Duration.ofMillis(200).toNanos());

  /** One life of a worker and what the test knows of it. */
  private static final class Worker {
    final IndexedTarget target;
    final ModelCache cache;
    long lastEventId;

    Worker(int slot, String name, long incarnation, Random random) {
      target = new IndexedTarget(slot, new TargetId(name, 0), MODEL, 16, false, incarnation);
      cache = new ModelCache(random, 200);
    }

    EventBatch change(int events) {
      List<KvEvent> changes = new ArrayList<>();
      for (int i = 0; i < events; i++) {
        changes.add(cache.change());
      }
      EventBatch batch =
          new EventBatch(MODEL, target.id(), target.incarnation(), lastEventId + 1, changes);
      lastEventId += events;
      return batch;
    }

    EventBatch heartbeat() {
      return new EventBatch(MODEL, target.id(), target.incarnation(), lastEventId + 1, List.of());
    }

    CacheSnapshot snapshot() {
      return new CacheSnapshot(target.id(), target.incarnation(), lastEventId, cache.content());
    }
  }

  /** A message on its way. */
  private record Flight(long atStep, EventBatch batch) {}

  /** An answer on its way. */
  private record Answer(long atStep, CacheSnapshot snapshot) {}

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void indexEqualsTheCachesInTheEnd(long seed) {
    new Run(seed).run();
  }

  private static final class Run {
    private final Random random;
    private final List<Worker> workers = new ArrayList<>();
    private final List<Flight> flights = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private final Ingest ingest = new Ingest(LIMITS, INDEX_LIMITS, this::requested);
    private final List<Integer> freeSlots = new ArrayList<>();
    private long step;

    Run(long seed) {
      random = new Random(seed);
    }

    private boolean requested(IndexedTarget target, long incarnation, long appliedEventId) {
      for (Worker worker : workers) {
        if (worker.target.equals(target) && random.nextInt(4) > 0) {
          answers.add(new Answer(step + random.nextInt(30), worker.snapshot()));
        }
      }
      return random.nextInt(4) > 0;
    }

    void run() {
      for (int i = 0; i < 4; i++) {
        workers.add(new Worker(i, "worker-" + i, 1, random));
        ingest.join(workers.get(i).target);
      }
      for (step = 0; step < 4_000; step++) {
        workers.forEach(worker -> publish(worker.change(1 + random.nextInt(3))));
        if (random.nextInt(1_000) == 0) {
          restartOne();
        }
        deliver();
        if (random.nextInt(6) == 0) {
          ingest.poll(step * STEP_NANOS, 30);
        }
      }
      calmDown();
      compare();
    }

    private void publish(EventBatch batch) {
      int dice = random.nextInt(100);
      if (dice < 2) {
        return;
      }
      flights.add(new Flight(step + (dice < 10 ? random.nextInt(8) : 0), batch));
      if (dice > 95) {
        flights.add(new Flight(step + random.nextInt(20), batch));
      }
    }

    private void restartOne() {
      int index = random.nextInt(workers.size());
      Worker old = workers.get(index);
      ingest.leave(old.target, () -> freeSlots.add(old.target.slot()));
      int slot = freeSlots.isEmpty() ? 4 + (int) step : freeSlots.removeFirst();
      Worker next =
          new Worker(slot, old.target.id().workerId(), old.target.incarnation() + 1, random);
      workers.set(index, next);
      ingest.join(next.target);
    }

    private void deliver() {
      flights.removeIf(flight -> {
        boolean due = flight.atStep <= step;
        if (due) {
          ingest.offer(flight.batch);
        }
        return due;
      });
      answers.removeIf(answer -> {
        boolean due = answer.atStep <= step;
        if (due) {
          ingest.offer(answer.snapshot);
        }
        return due;
      });
    }

    /** The caches rest and send heartbeats. */
    private void calmDown() {
      for (long end = step + 2_000; step < end; step++) {
        if (step % 50 == 0) {
          workers.forEach(worker -> publish(worker.heartbeat()));
        }
        deliver();
        ingest.poll(step * STEP_NANOS, 100);
      }
    }

    private void compare() {
      var states = ingest.states();
      ingest.poll(step * STEP_NANOS, 100);
      assertThat(states.join()).hasSameSizeAs(workers);
      for (TargetState state : states.join()) {
        Worker worker =
            workers.stream()
                .filter(one -> one.target.slot() == state.slot())
                .findFirst()
                .orElseThrow();
        assertThat(state.appliedEventId()).isEqualTo(worker.lastEventId);
        assertThat(state.digest()).isEqualTo(worker.cache.digest());
        assertThat(state.blocks()).isEqualTo(worker.cache.size());
        assertThat(state.stale()).isFalse();
      }
      assertThat(ingest.counters().failures()).isZero();
      assertThat(ingest.counters().inboxFull()).isPositive();
      assertThat(ingest.counters().overflowedBatches()).isPositive();
      assertThat(ingest.counters().duplicateBatches()).isPositive();
      assertThat(ingest.counters().resyncsApplied()).isPositive();
      assertThat(ingest.counters().bufferedBatches()).isPositive();
    }
  }
}
