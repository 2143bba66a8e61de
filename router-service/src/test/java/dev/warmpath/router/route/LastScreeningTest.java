package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LastScreeningTest {
  private static final int TARGETS = 12;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(TARGETS, 1_000, 1L << 40), 1);
  private final TargetFacts facts = new TargetFacts(ledger, slot -> slot % 5 == 0, 0);

  /**
   * Lists of targets and filters come back, as the same objects or equal ones, and loads change.
   */
  @Test
  void saysWhatAScreeningFromTheStartSays() {
    long seed = 11;
    Random random = new Random(seed);
    List<List<Target>> fleets = List.of(fleet(false), fleet(true), fleet(false));
    List<List<Filter>> filters = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      filters.add(randomFilters(random));
    }
    LastScreening last = new LastScreening();
    for (int round = 0; round < 3_000; round++) {
      List<Target> targets = fleets.get(random.nextInt(fleets.size()));
      List<Filter> by = filters.get(random.nextInt(filters.size()));
      String lora = random.nextInt(4) == 0 ? "sql" : "";
      assertThat(last.of(targets, by, lora, facts))
          .as("seed %d, round %d: %s", seed, round, by)
          .isEqualTo(Screening.of(targets, by, lora, facts));
      int slot = random.nextInt(TARGETS);
      ledger.book(new Load(slot, slot, 64, random.nextInt(64), 16), 0);
      ledger.releaseSlot(random.nextInt(TARGETS), 0);
    }
  }

  @Test
  void goesOnWithTheSameObjectWhileFleetAndFiltersStay() {
    List<Target> targets = fleet(false);
    List<Filter> filters = List.of(new Filter.Draining(Set.of("w1")));
    LastScreening last = new LastScreening();
    Screening first = last.of(targets, filters, "", facts);
    assertThat(last.of(targets, filters, "", facts)).isSameAs(first);
    assertThat(first.admitted()).hasSize(TARGETS - 1);
  }

  private static List<Filter> randomFilters(Random random) {
    List<Filter> filters = new ArrayList<>();
    filters.add(new Filter.Draining(Set.of("w" + random.nextInt(TARGETS))));
    if (random.nextBoolean()) {
      filters.add(new Filter.StaleIndex());
    }
    if (random.nextBoolean()) {
      filters.add(new Filter.RequiredLabel("zone", Integer.toString(random.nextInt(3))));
    }
    if (random.nextBoolean()) {
      filters.add(new Filter.QueuedPrefill(random.nextInt(100)));
    }
    return filters;
  }

  private static List<Target> fleet(boolean draining) {
    List<Target> targets = new ArrayList<>();
    for (int slot = 0; slot < TARGETS; slot++) {
      Worker worker =
          new Worker(
              "w" + slot,
              "w" + slot + ":1",
              "m",
              Role.AGGREGATED,
              16,
              1,
              100,
              8,
              0,
              slot % 3 == 0 ? Set.of("sql") : Set.of(),
              Set.of(Tier.DEVICE),
              Map.of("zone", Integer.toString(slot % 3)),
              1,
              false,
              draining && slot % 4 == 0);
      targets.add(new Target(worker, 0, slot));
    }
    return List.copyOf(targets);
  }
}
