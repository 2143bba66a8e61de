package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.draining;
import static dev.warmpath.router.fleet.Workers.labelled;
import static dev.warmpath.router.fleet.Workers.withLoras;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Each filter by what it leaves out, and all of them against a plain loop. */
class ScreeningTest {
  private static final int SLOTS = 64;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(SLOTS, 10_000, 1_000), 1);
  private final Set<Integer> staleSlots = new HashSet<>();
  private final TargetFacts facts = new TargetFacts(ledger, staleSlots::contains, 0);
  private final List<Target> targets = new ArrayList<>();

  @Test
  void withoutFiltersTheListItselfComesBack() {
    join(worker("a"), worker("b"));
    assertThat(Screening.of(targets, List.of(), "", facts).admitted()).isSameAs(targets);
  }

  @Test
  void whoIsAdmittedByAllComesBackInTheSameList() {
    join(worker("a"), worker("b"));
    Filter none = new Filter.Draining(Set.of("c"));
    assertThat(Screening.of(targets, List.of(none), "", facts).admitted()).isSameAs(targets);
  }

  @Test
  void aWorkerThatSaysItDrainsIsLeftOut() {
    join(worker("a"), draining(worker("b")));
    assertThat(admitted(new Filter.Draining(Set.of()))).containsExactly("a/0");
  }

  @Test
  void aWorkerThatTheOperatorDrainsIsLeftOutWithAllItsRanks() {
    join(worker("a", "m", 2), worker("b"));
    assertThat(admitted(new Filter.Draining(Set.of("a")))).containsExactly("b/0");
  }

  @Test
  void aPinnedRankIsTheOnlyOneLeft() {
    join(worker("a", "m", 2), worker("b", "m", 2));
    assertThat(admitted(new Filter.Pinned(new TargetName("a", 1)))).containsExactly("a/1");
  }

  @Test
  void aPinnedWorkerLeavesAllItsRanks() {
    join(worker("a", "m", 2), worker("b", "m", 2));
    assertThat(admitted(new Filter.Pinned(new TargetName("b", TargetName.ANY_RANK))))
        .containsExactly("b/0", "b/1");
  }

  @Test
  void onlyAllowedTargetsAreLeft() {
    join(worker("a", "m", 2), worker("b", "m", 2), worker("c"));
    assertThat(admitted(new Filter.Allowed(Map.of("a", Set.of(1), "b", Set.of()))))
        .containsExactly("a/1", "b/0", "b/1");
  }

  @Test
  void aRequiredLabelNeedsItsValue() {
    join(
        labelled("a", Map.of("zone", "1")),
        labelled("b", Map.of("zone", "2")),
        labelled("c", Map.of("rack", "1")));
    assertThat(admitted(new Filter.RequiredLabel("zone", "1"))).containsExactly("a/0");
  }

  @Test
  void aStaleTargetIsLeftOut() {
    join(worker("a"), worker("b"));
    staleSlots.add(0);
    assertThat(admitted(new Filter.StaleIndex())).containsExactly("b/0");
  }

  @Test
  void aTargetWithMoreKvBlocksInUseThanTheShareIsLeftOutAndTheLimitItselfIsAdmitted() {
    join(worker("a"), worker("b"), unknownCapacities("c"));
    load(0, 900, 0);
    load(1, 901, 0);
    load(2, 5_000, 0);
    assertThat(admitted(new Filter.KvBlocks(0.9))).containsExactly("a/0", "c/0");
  }

  @Test
  void aTargetWithMorePromptTokensQueuedThanTheLimitIsLeftOut() {
    join(worker("a"), worker("b"));
    load(0, 1, 160);
    load(1, 1, 161);
    assertThat(admitted(new Filter.QueuedPrefill(160))).containsExactly("a/0");
  }

  @Test
  void aTargetWithMoreStepsOfPromptTokensQueuedThanTheLimitIsLeftOut() {
    join(worker("a"), worker("b"), unknownCapacities("c"));
    load(0, 1, 16_384);
    load(1, 1, 16_385);
    load(2, 1, 1_000_000);
    assertThat(admitted(new Filter.QueuedPrefillSteps(2))).containsExactly("a/0", "c/0");
  }

  @Test
  void aTargetWhoseBatchIsFullIsLeftOut() {
    join(worker("a"), worker("b"), unknownCapacities("c"));
    IntStream.range(0, 127).forEach(_ -> load(0, 1, 0));
    IntStream.range(0, 128).forEach(_ -> load(1, 1, 0));
    IntStream.range(0, 300).forEach(_ -> load(2, 1, 0));
    assertThat(admitted(new Filter.BatchRequests(0.5))).containsExactly("a/0", "c/0");
  }

  @Test
  void aLoraNarrowsToTheWorkersThatHaveIt() {
    join(worker("a"), withLoras(worker("b"), "sql", "chat"), withLoras(worker("c"), "chat"));

    Screening screening = Screening.of(targets, List.of(), "sql", facts);

    assertThat(names(screening.admitted())).containsExactly("b/0");
    assertThat(screening.counts()).containsExactly(Map.entry(new Filter.Lora("sql"), 2));
  }

  @Test
  void aLoraThatNobodyHasLeavesAll() {
    join(worker("a"), withLoras(worker("b"), "chat"));
    assertThat(Screening.of(targets, List.of(), "sql", facts).admitted()).hasSize(2);
  }

  @Test
  void aLoraFallsBackWhenTheOnlyWorkerThatHasItIsLeftOutOtherwise() {
    join(worker("a"), draining(withLoras(worker("b"), "sql")));
    Screening screening =
        Screening.of(targets, List.of(new Filter.Draining(Set.of())), "sql", facts);
    assertThat(names(screening.admitted())).containsExactly("a/0");
  }

  @Test
  void aTargetCountsForTheFirstFilterThatLeavesItOut() {
    join(draining(worker("a")), worker("b"), labelled("c", Map.of("zone", "1")));
    Filter drained = new Filter.Draining(Set.of("c"));
    Filter zone = new Filter.RequiredLabel("zone", "1");

    Screening screening = Screening.of(targets, List.of(drained, zone), "", facts);

    assertThat(screening.admitted()).isEmpty();
    assertThat(screening.counts()).containsExactly(Map.entry(drained, 2), Map.entry(zone, 1));
    AllExcluded all = screening.refusal();
    assertThat(all.describe()).isEqualTo("2 draining, 1 without label zone=1");
    assertThat(all.isOverload()).isFalse();
  }

  @Test
  void oneTargetLeftOutForItsLoadAloneMakesItAnOverload() {
    join(draining(worker("a")), worker("b"));
    load(1, 1_000, 0);
    Screening screening =
        Screening.of(
            targets, List.of(new Filter.Draining(Set.of()), new Filter.KvBlocks(0.5)), "", facts);
    AllExcluded all = screening.refusal();
    assertThat(all.describe()).isEqualTo("1 draining, 1 with over 50 % of their KV blocks in use");
    assertThat(all.isOverload()).isTrue();
  }

  @Test
  void itAdmitsWhatAPlainLoopAdmits() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      Worker plain = labelled("w" + i, Map.of("zone", Integer.toString(random.nextInt(3))));
      join(random.nextInt(4) == 0 ? draining(plain) : plain);
      load(i, random.nextInt(1_000), random.nextInt(20_000));
      if (random.nextInt(5) == 0) {
        staleSlots.add(i);
      }
    }
    for (int round = 0; round < 300; round++) {
      List<Filter> filters = randomFilters(random);
      Screening screening = Screening.of(targets, filters, "", facts);

      List<Target> plain = new ArrayList<>();
      int[] firstThatExcludes = new int[filters.size()];
      for (Target target : targets) {
        int first = 0;
        while (first < filters.size() && filters.get(first).admits(target, facts)) {
          first++;
        }
        if (first == filters.size()) {
          plain.add(target);
        } else {
          firstThatExcludes[first]++;
        }
      }
      assertThat(screening.admitted()).as("seed %d: %s", seed, filters).isEqualTo(plain);
      for (int i = 0; i < filters.size(); i++) {
        assertThat(screening.counts().getOrDefault(filters.get(i), 0))
            .as("seed %d: %s", seed, filters.get(i))
            .isEqualTo(firstThatExcludes[i]);
      }
    }
  }

  private static List<Filter> randomFilters(Random random) {
    List<Filter> filters = new ArrayList<>();
    if (random.nextBoolean()) {
      filters.add(new Filter.Draining(Set.of("w" + random.nextInt(40))));
    }
    if (random.nextBoolean()) {
      filters.add(new Filter.RequiredLabel("zone", Integer.toString(random.nextInt(3))));
    }
    if (random.nextBoolean()) {
      filters.add(new Filter.StaleIndex());
    }
    if (random.nextBoolean()) {
      filters.add(new Filter.KvBlocks(random.nextDouble()));
    }
    if (random.nextBoolean()) {
      filters.add(new Filter.QueuedPrefill(random.nextInt(20_000)));
    }
    return filters;
  }

  @Test
  void settingsAskForDrainingFirstThenWhatTheRequestAsksThenTheRest() {
    ModelRouting strict =
        new ModelRouting(
            Policies.KV,
            0,
            Map.of("zone", "1"),
            List.of(),
            true,
            new LoadLimits(0.9, 100, 2, 1.5),
            SessionAffinity.OFF,
            1,
            Disaggregation.ALWAYS);
    RoutingSettings settings =
        new RoutingSettings(ModelRouting.of(Policies.RANDOM), Map.of("m", strict), Set.of("a"));
    Filter pin = new Filter.Pinned(new TargetName("b", 0));

    assertThat(settings.filters("m", List.of(pin)))
        .containsExactly(
            new Filter.Draining(Set.of("a")),
            pin,
            new Filter.RequiredLabel("zone", "1"),
            new Filter.StaleIndex(),
            new Filter.KvBlocks(0.9),
            new Filter.QueuedPrefill(100),
            new Filter.QueuedPrefillSteps(2),
            new Filter.BatchRequests(1.5));
    assertThat(settings.filters("n", List.of())).containsExactly(new Filter.Draining(Set.of("a")));
    assertThat(settings.model("n").policy()).isEqualTo(Policies.RANDOM);
  }

  @Test
  void limitsThatNothingCouldMeetAreRefusedByNameAndValue() {
    assertThatThrownBy(() -> new LoadLimits(0, 1, 1, 1))
        .hasMessage("max_kv_share must be above 0: 0.0");
    assertThatThrownBy(() -> new LoadLimits(1, -1, 1, 1))
        .hasMessage("max_queued_prefill_tokens must be 0 or more: -1");
    assertThatThrownBy(() -> new LoadLimits(1, 1, Double.NaN, 1))
        .hasMessage("max_queued_prefill_steps must be above 0: NaN");
    assertThatThrownBy(() -> new LoadLimits(1, 1, 1, -2))
        .hasMessage("max_batch_share must be above 0: -2.0");
  }

  private void join(Worker... workers) {
    for (Worker worker : workers) {
      for (int rank = 0; rank < worker.ranks(); rank++) {
        targets.add(new Target(worker, rank, targets.size()));
      }
    }
  }

  private List<String> admitted(Filter filter) {
    Screening screening = Screening.of(targets, List.of(filter), "", facts);
    assertThat(screening.excluded()).allSatisfy(out -> assertThat(out.by()).isEqualTo(filter));
    assertThat(screening.admitted().size() + screening.excluded().size()).isEqualTo(targets.size());
    return names(screening.admitted());
  }

  private static List<String> names(List<Target> targets) {
    return targets.stream().map(target -> requireNonNull(target.id().toString())).toList();
  }

  private void load(int slot, int blocks, int prefillTokens) {
    ledger.book(new Load(slot, slot, blocks * BLOCK_SIZE, prefillTokens, BLOCK_SIZE), 0);
  }

  /** A worker that says neither how many blocks nor how large a batch it has. */
  private static Worker unknownCapacities(String id) {
    return new Worker(
        id,
        id + ":1",
        "m",
        Role.AGGREGATED,
        BLOCK_SIZE,
        1,
        0,
        0,
        0,
        Set.of(),
        Set.of(Tier.DEVICE),
        Map.of(),
        1,
        false,
        false);
  }
}
