package dev.warmpath.router.fleet;

import static dev.warmpath.router.fleet.Workers.life;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class FleetRegistryTest {
  private final Recorder recorder = new Recorder();
  private final FleetRegistry registry = new FleetRegistry(4, recorder);

  @Test
  void everyRankOfAWorkerGetsItsOwnSlot() {
    assertThat(registry.put(worker("a", "m", 2))).isNull();
    assertThat(registry.put(worker("b", "m", 2))).isNull();

    assertThat(registry.current().targets())
        .extracting(target -> target.id().toString())
        .containsExactly("a/0", "a/1", "b/0", "b/1");
    assertThat(slots()).containsExactlyInAnyOrder(0, 1, 2, 3);
    assertThat(recorder.events).containsExactly("+a/0", "+a/1", "+b/0", "+b/1");
  }

  @Test
  void aSlotIsReusedOnlyAfterItWasReleased() {
    registry.put(worker("a"));
    registry.remove("a");
    registry.put(worker("b"));
    assertThat(slots()).containsExactly(1);

    recorder.release("a/0");
    registry.put(worker("c"));
    assertThat(slots()).containsExactly(1, 0);
  }

  @Test
  void aSecondReleaseOfASlotTakesItFromNobody() {
    registry.put(worker("a"));
    registry.remove("a");
    Runnable released = requireNonNull(recorder.draining.get("a/0"));
    released.run();
    registry.put(worker("b"));
    released.run();
    registry.put(worker("c"));

    assertThat(slots()).containsExactly(0, 1);
  }

  @Test
  void aWorkerThatDrainsKeepsItsSlotsAndIsSeenAsDraining() {
    registry.put(worker("a", "m", 2));
    assertThat(registry.put(Workers.draining(worker("a", "m", 2)))).isNull();

    assertThat(recorder.events).containsExactly("+a/0", "+a/1");
    assertThat(registry.current().targets())
        .allSatisfy(target -> assertThat(target.worker().draining()).isTrue());
  }

  @Test
  void aNewIncarnationLeavesAndJoins() {
    registry.put(life("a", 1));
    registry.put(life("a", 2));

    assertThat(recorder.events).containsExactly("+a/0", "-a/0", "+a/0");
    assertThat(slots()).containsExactly(1);
  }

  @Test
  void aTargetOfAnEarlierIncarnationServesNoMore() {
    registry.put(life("a", 1));
    Target first = registry.current().targets().getFirst();
    registry.put(life("a", 2));
    recorder.release("a/0");
    registry.put(worker("b"));

    assertThat(registry.current().targets().getLast().slot()).isEqualTo(first.slot());
    assertThat(registry.current().serves(first)).isFalse();
  }

  @Test
  void otherLabelsKeepTheSlotAndTheTargetServesOn() {
    registry.put(worker("a"));
    Target before = registry.current().targets().getFirst();
    registry.put(worker("a", "m", Role.AGGREGATED, 16, 1, 1L, false, Map.of("zone", "b")));

    Target after = registry.current().targets().getFirst();
    assertThat(after.slot()).isEqualTo(before.slot());
    assertThat(after.worker().labels()).containsEntry("zone", "b");
    assertThat(registry.current().serves(before)).isTrue();
    assertThat(recorder.events).containsExactly("+a/0");
  }

  @Test
  void registeringTheSameAgainChangesNothing() {
    registry.put(worker("a"));
    long version = registry.current().version();
    registry.put(worker("a"));

    assertThat(registry.current().version()).isEqualTo(version);
    assertThat(recorder.events).containsExactly("+a/0");
  }

  @Test
  void anotherBlockSizeIsRefusedUntilTheOthersAreGone() {
    registry.put(worker("a"));
    String refusal = registry.put(shaped("b", 32, false));

    assertThat(refusal).contains("block_size 32").contains("16").contains("'m'");
    assertThat(ids()).containsExactly("a/0");

    registry.remove("a");
    assertThat(ids()).containsExactly("b/0");
    assertThat(requireNonNull(registry.current().model("m")).blockSize()).isEqualTo(32);
  }

  @Test
  void anotherEagleSettingIsRefused() {
    registry.put(worker("a"));
    assertThat(registry.put(shaped("b", 16, true))).contains("eagle true").contains("'m'");
  }

  @Test
  void anotherModelMayHaveAnotherBlockSize() {
    registry.put(worker("a"));
    assertThat(registry.put(worker("b", "n", Role.AGGREGATED, 32, 1, 1L, false, Map.of())))
        .isNull();
    assertThat(registry.current().models()).containsExactlyInAnyOrder("m", "n");
  }

  @Test
  void moreTargetsThanTheLimitAreRefusedUntilSlotsDrained() {
    registry.put(worker("a", "m", 3));
    assertThat(registry.put(worker("b", "m", 2))).contains("limit of 4 targets (3 in use)");
    assertThat(registry.put(worker("c", "m", 1))).isNull();

    registry.remove("a");
    assertThat(ids()).containsExactly("c/0");
    recorder.releaseAll();
    assertThat(ids()).containsExactly("b/0", "b/1", "c/0");
  }

  @Test
  void aRefusedWorkerThatGoesDoesNotComeBack() {
    registry.put(worker("a"));
    registry.put(shaped("b", 32, false));
    registry.remove("b");
    registry.remove("a");

    assertThat(ids()).isEmpty();
  }

  @Test
  void aRestartAtTheLimitComesBackWhenItsOldSlotsDrained() {
    registry.put(worker("a", "m", 4));
    Worker restarted = worker("a", "m", Role.AGGREGATED, 16, 4, 2L, false, Map.of());
    assertThat(registry.put(restarted)).contains("limit");
    recorder.releaseAll();

    assertThat(registry.current().targets()).hasSize(4);
  }

  @Test
  void replacingAllTellsTheDifferenceOnce() {
    registry.replaceAll(List.of(worker("a"), worker("b")));
    List<Long> versions = new ArrayList<>();
    registry.watch(fleet -> versions.add(fleet.version()));
    recorder.events.clear();

    Map<String, String> refusals =
        registry.replaceAll(List.of(worker("b"), worker("c"), shaped("d", 64, false)));

    assertThat(recorder.events).containsExactly("-a/0", "+c/0");
    assertThat(ids()).containsExactly("b/0", "c/0");
    assertThat(refusals).containsOnlyKeys("d");
    assertThat(versions).containsExactly(registry.current().version());
  }

  @Test
  void replacingAllForgetsWhoWaited() {
    registry.put(worker("a"));
    registry.put(shaped("b", 32, false));
    registry.replaceAll(List.of());

    assertThat(ids()).isEmpty();
  }

  @Test
  void aWatcherThatLeftHearsNothing() {
    List<Fleet> seen = new ArrayList<>();
    Consumer<Fleet> watcher = seen::add;
    registry.watch(watcher);
    registry.put(worker("a"));
    registry.unwatch(watcher);
    registry.put(worker("b"));

    assertThat(seen).hasSize(1);
  }

  @Test
  void removingAnUnknownWorkerChangesNothing() {
    registry.remove("nobody");
    assertThat(registry.current().version()).isZero();
  }

  @Test
  void slotsStayUniqueUnderAnyComingAndGoing() {
    long seed = 7;
    Random random = new Random(seed);
    FleetRegistry any = new FleetRegistry(12, recorder);
    for (int step = 0; step < 5_000; step++) {
      String id = "w" + random.nextInt(8);
      switch (random.nextInt(4)) {
        case 0 -> any.remove(id);
        case 1 -> recorder.releaseAll();
        default ->
            any.put(
                worker(
                    id,
                    "m",
                    Role.AGGREGATED,
                    random.nextInt(10) == 0 ? 32 : 16,
                    1 + random.nextInt(3),
                    1 + random.nextInt(2),
                    false,
                    Map.of("step", "" + random.nextInt(3))));
      }
      Set<Integer> used = new HashSet<>(recorder.drainingSlots());
      for (Target target : any.current().targets()) {
        assertThat(used.add(target.slot())).as("seed %d step %d", seed, step).isTrue();
        assertThat(target.slot()).as("seed %d step %d", seed, step).isLessThan(12);
      }
    }
  }

  private static Worker shaped(String id, int blockSize, boolean eagle) {
    return worker(id, "m", Role.AGGREGATED, blockSize, 1, 1L, eagle, Map.of());
  }

  private List<Integer> slots() {
    return registry.current().targets().stream().map(Target::slot).toList();
  }

  private List<String> ids() {
    return registry.current().targets().stream().map(target -> target.id().toString()).toList();
  }

  /** Writes down who came and went; slots drain until a test releases them. */
  private static final class Recorder implements FleetListener {
    private final List<String> events = new ArrayList<>();
    private final Map<String, Runnable> draining = new LinkedHashMap<>();
    private final Map<Integer, Runnable> bySlot = new LinkedHashMap<>();

    @Override
    public void joined(Target target) {
      events.add("+" + target.id());
    }

    @Override
    public void left(Target target, Runnable released) {
      events.add("-" + target.id());
      draining.put(target.id().toString(), released);
      bySlot.put(target.slot(), released);
    }

    Set<Integer> drainingSlots() {
      return bySlot.keySet();
    }

    void release(String id) {
      requireNonNull(draining.remove(id)).run();
    }

    void releaseAll() {
      List<Runnable> all = List.copyOf(bySlot.values());
      bySlot.clear();
      draining.clear();
      all.forEach(Runnable::run);
    }
  }
}
